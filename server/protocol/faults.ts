import { type Address, getAddress, isAddressEqual, zeroAddress } from "viem";

/** The first fault that `fault` finds in `items`, or undefined. */
export function firstFault<T>(
  items: readonly T[],
  fault: (item: T, at: number) => string | undefined,
): string | undefined {
  for (const [at, item] of items.entries()) {
    const found = fault(item, at);
    if (found) return found;
  }
  return undefined;
}

/** The contract's error where an account may take no part in an order or agreement of this token; else undefined. */
export function addressFault(account: Address, token: Address, escrow: Address): string | undefined {
  const refused = [zeroAddress, escrow, token].some((address) => isAddressEqual(account, address));
  return refused ? `AddressRefused(${getAddress(account)})` : undefined;
}
