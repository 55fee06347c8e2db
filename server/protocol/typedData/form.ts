import type { Address } from "viem";
import type { Field } from "../eip712.ts";
import { DOMAIN_FIELDS, ESCROW_NAME, ESCROW_VERSION, type EscrowDomain } from "../terms.ts";

/** What `eth_signTypedData_v4` takes; survives JSON, for amounts are decimal strings. viem and ethers take it too. */
export type TypedDataJson = {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: Address;
  };
  readonly types: Record<string, { name: string; type: string }[]>;
  readonly primaryType: string;
  readonly message: Record<string, unknown>;
};

/** A signature's own number, any its signer has not used, and its last chain second. */
export type Until = { readonly nonce: bigint; readonly deadline: number };

/** Structs by name; the first is what is signed, the others are inside of it. */
export type Structs = readonly (readonly [name: string, fields: readonly Field[]])[];

export const NONCE = { name: "nonce", type: "uint256" } as const;
export const DEADLINE = { name: "deadline", type: "uint256" } as const;
export const ID = { name: "id", type: "bytes32" } as const;
export const AMOUNT = { name: "amount", type: "uint256" } as const;
export const ACCOUNT = { name: "account", type: "address" } as const;
export const TOKEN = { name: "token", type: "address" } as const;

/** Typed data of the escrow's domain. */
export const escrowTypedData = (
  { chainId, escrow }: EscrowDomain,
  structs: Structs,
  message: Record<string, unknown>,
): TypedDataJson =>
  typedData({ name: ESCROW_NAME, version: ESCROW_VERSION, chainId, verifyingContract: escrow }, structs, message);

/** Typed data of any domain. */
export function typedData(
  domain: TypedDataJson["domain"],
  structs: Structs,
  message: Record<string, unknown>,
): TypedDataJson {
  const all: Structs = [["EIP712Domain", DOMAIN_FIELDS], ...structs];
  return {
    domain,
    types: Object.fromEntries(all.map(([name, fields]) => [name, [...fields]])),
    primaryType: structs[0]?.[0] ?? "",
    message,
  };
}
