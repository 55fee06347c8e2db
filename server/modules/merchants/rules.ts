import { type Address, isAddressEqual, zeroAddress } from "viem";

/** The addresses of one chain that hold no credit of their own. */
export interface ChainAddresses {
  readonly escrow: Address;
  readonly operator: Address;
  readonly tokens: readonly { readonly address: Address }[];
}

/**
 * Why an address cannot be a payee, or undefined when it can: the escrow refuses itself, its token and zero in terms,
 * a token contract never withdraws, and the operator is never paid.
 */
export function payeeFault(payee: Address, { escrow, operator, tokens }: ChainAddresses): string | undefined {
  if (isAddressEqual(payee, zeroAddress)) return "The payee is the zero address.";
  if (isAddressEqual(payee, escrow)) return "The payee is the escrow contract itself.";
  if (isAddressEqual(payee, operator)) return "The payee is the operator's key, which never receives.";
  if (tokens.some(({ address }) => isAddressEqual(payee, address))) return "The payee is the contract of a token.";
  return undefined;
}
