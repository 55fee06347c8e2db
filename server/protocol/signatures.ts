import {
  type Address,
  type Hex,
  isAddressEqual,
  parseSignature,
  recoverTypedDataAddress,
  serializeSignature,
} from "viem";
import type { TypedDataJson } from "./typedData.ts";

/** Whether `account` signed the typed data with its key. A signature that cannot be read is signed by nobody. */
export async function isSignedBy(account: Address, typedData: TypedDataJson, signature: Hex): Promise<boolean> {
  try {
    return isAddressEqual(await recoverTypedDataAddress({ ...typedData, signature }), account);
  } catch {
    return false;
  }
}

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * A signature in the one form tokens and the escrow take: 65 bytes, the lower s, v 27 or 28.
 * @returns undefined when it has another length, the higher s, or no usable v
 */
export function canonicalSignature(signature: Hex): Hex | undefined {
  if (signature.length !== 2 + 2 * 65) return undefined;
  try {
    const { r, s, yParity } = parseSignature(signature);
    return BigInt(s) > HALF_ORDER ? undefined : serializeSignature({ r, s, yParity });
  } catch {
    return undefined;
  }
}
