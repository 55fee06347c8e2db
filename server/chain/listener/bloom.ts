import { type Hex, hexToBytes, keccak256 } from "viem";

/**
 * Whether a block's bloom filter may hold `value`, an address or a topic. "No" is certain, "yes" is not.
 * @see https://ethereum.github.io/yellowpaper/paper.pdf section 4.3.1: of keccak(value) the low 11 bits of each of the
 *      first three 16-bit words name a bit
 */
export function mayHold(logsBloom: Hex, value: Hex): boolean {
  return digitsOf(value).every(({ fromEnd, bit }) => {
    const digit = Number.parseInt(logsBloom[logsBloom.length - fromEnd] ?? "0", 16);
    return (digit & bit) !== 0;
  });
}

/** Where a bit of the filter is: in which digit from its end, counted from 1, and which of that. */
interface Place {
  readonly fromEnd: number;
  readonly bit: number;
}

/** Those of the few values that are ever asked for: the escrow's address and its events. */
const known = new Map<Hex, readonly Place[]>();

function digitsOf(value: Hex): readonly Place[] {
  const before = known.get(value);
  if (before) return before;
  const hash = hexToBytes(keccak256(value));
  const places = [0, 2, 4].map((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2_047;
    return { fromEnd: 1 + (bit >> 2), bit: 1 << (bit & 3) };
  });
  known.set(value, places);
  return places;
}
