import { type Hex, hexToBytes, keccak256 } from "viem";

/**
 * Whether a block's bloom filter may hold `value`, an address or a topic. "No" is certain, "yes" is not.
 * @see https://ethereum.github.io/yellowpaper/paper.pdf section 4.3.1: of keccak(value) the low 11 bits of each of the
 *      first three 16-bit words name a bit
 */
export function mayHold(logsBloom: Hex, value: Hex): boolean {
  const bloom = hexToBytes(logsBloom);
  const hash = hexToBytes(keccak256(value));
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2_047;
    return ((bloom[bloom.length - 1 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
  });
}
