import { type Address, concatHex, type Hex, isAddressEqual, keccak256 } from "viem";
import { type EscrowDomain, type Terms, termsHash } from "../terms.ts";
import { type Deposit, depositNonce } from "./accounts.ts";
import { DEADLINE, NONCE, type TypedDataJson, typedData } from "./form.ts";

/** The EIP-712 domain of a token: its `name()` and `version()`, its chain and address. */
export type TokenDomain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly address: Address;
};

const RECEIVE_FIELDS = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
] as const;
const PERMIT_FIELDS = [
  { name: "owner", type: "address" },
  { name: "spender", type: "address" },
  { name: "value", type: "uint256" },
  NONCE,
  DEADLINE,
] as const;

/**
 * The token authorization that pays the order with one signature: the token's nonce is the order's id.
 * Throws when a field of the terms does not fit its type.
 * @see https://eips.ethereum.org/EIPS/eip-3009
 */
export const receiveAuthorizationTypedData = (token: TokenDomain, domain: EscrowDomain, terms: Terms): TypedDataJson =>
  receiveTypedData(token, {
    from: terms.payer,
    to: domain.escrow,
    value: terms.amount,
    validBefore: terms.authorizeBy,
    nonce: termsHash(domain, terms),
  });

/**
 * The token authorization that pays a basket of orders with one signature: the sum, good until the first of them
 * closes, under the nonce of `basketNonce`.
 * @param orders terms of one payer, in the order in which the escrow is given them
 * @throws RangeError without orders, or when payer or token differ
 */
export function receiveBasketTypedData(
  token: TokenDomain,
  domain: EscrowDomain,
  orders: readonly Terms[],
): TypedDataJson {
  const [first] = orders;
  if (first === undefined) throw new RangeError("a basket without orders");
  const alike = (each: Terms) => isAddressEqual(each.payer, first.payer) && isAddressEqual(each.token, first.token);
  if (!orders.every(alike)) throw new RangeError("the orders of a basket have one payer and one token");
  return receiveTypedData(token, {
    from: first.payer,
    to: domain.escrow,
    value: orders.reduce((sum, { amount }) => sum + amount, 0n),
    validBefore: Math.min(...orders.map(({ authorizeBy }) => authorizeBy)),
    nonce: basketNonce(orders.map((terms) => termsHash(domain, terms))),
  });
}

/** The token nonce of a basket's payment: the hash of its orders' ids, in their order. */
export const basketNonce = (ids: readonly Hex[]): Hex => keccak256(concatHex(ids));

/** The token authorization that makes a deposit with one signature, for `depositWithAuthorization`. */
export const receiveDepositTypedData = (token: TokenDomain, domain: EscrowDomain, deposit: Deposit): TypedDataJson =>
  receiveTypedData(token, {
    from: deposit.from,
    to: domain.escrow,
    value: deposit.amount,
    validBefore: deposit.validBefore,
    nonce: depositNonce(domain, deposit),
  });

interface Receive {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  readonly validBefore: number;
  readonly nonce: Hex;
}

const receiveTypedData = (token: TokenDomain, { from, to, value, validBefore, nonce }: Receive): TypedDataJson =>
  typedData(domainOf(token), [["ReceiveWithAuthorization", RECEIVE_FIELDS]], {
    ...{ from, to, value: value.toString(), validAfter: "0", validBefore: validBefore.toString(), nonce },
  });

/** What a token's owner signs to raise an allowance; `nonce` is the token's own next one of the owner. */
export type PermitConsent = {
  readonly owner: Address;
  readonly spender: Address;
  readonly value: bigint;
  readonly nonce: bigint;
  readonly deadline: number;
};

/**
 * A permit, for `authorizeWithPermit`. It is a means to pay and no consent.
 * @see https://eips.ethereum.org/EIPS/eip-2612
 */
export const permitTypedData = (token: TokenDomain, consent: PermitConsent): TypedDataJson =>
  typedData(domainOf(token), [["Permit", PERMIT_FIELDS]], {
    ...{ owner: consent.owner, spender: consent.spender, value: consent.value.toString() },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

const domainOf = ({ name, version, chainId, address }: TokenDomain): TypedDataJson["domain"] => ({
  ...{ name, version, chainId, verifyingContract: address },
});
