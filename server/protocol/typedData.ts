import { type Address, concatHex, type Hex, isAddressEqual, keccak256 } from "viem";
import { AGREEMENT_FIELDS, type Agreement, PARTY_FIELDS } from "./agreement.ts";
import type { Field } from "./eip712.ts";
import {
  DOMAIN_FIELDS,
  ESCROW_NAME,
  ESCROW_VERSION,
  type EscrowDomain,
  LEG_FIELDS,
  TERMS_FIELDS,
  type Terms,
  termsHash,
} from "./terms.ts";

/** The EIP-712 domain of a token: its `name()` and `version()`, its chain and address. */
export type TokenDomain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly address: Address;
};

/** What a payer signs to release: `captured` in base units as seen, any unused `nonce`, last second `deadline`. */
export type ReleaseConsent = {
  readonly id: Hex;
  readonly captured: bigint;
  readonly nonce: bigint;
  readonly deadline: number;
};

/** What an account signs to withdraw: `amount` base units of its credit in `token` (zero: ETH), paid out to `to`. */
export type WithdrawalConsent = {
  readonly account: Address;
  readonly token: Address;
  readonly amount: bigint;
  readonly to: Address;
  readonly nonce: bigint;
  readonly deadline: number;
};

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

const RECEIVE_FIELDS = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
] as const;

const UNTIL = [
  { name: "nonce", type: "uint256" },
  { name: "deadline", type: "uint256" },
] as const;
const RELEASE_FIELDS = [{ name: "id", type: "bytes32" }, { name: "captured", type: "uint256" }, ...UNTIL] as const;
const ONCE_FIELDS = [
  { name: "id", type: "bytes32" },
  { name: "deadline", type: "uint256" },
] as const;
const WITHDRAW_FIELDS = [
  { name: "account", type: "address" },
  { name: "token", type: "address" },
  { name: "amount", type: "uint256" },
  { name: "to", type: "address" },
  ...UNTIL,
] as const;
const ACCEPT_FIELDS = [{ name: "agreement", type: "Agreement" }, ...UNTIL] as const;
const REVOKE_FIELDS = [{ name: "id", type: "bytes32" }, ...UNTIL] as const;

/** Typed data of the escrow's domain; `types[0]` is what is signed. */
function escrowTypedData(
  { chainId, escrow }: EscrowDomain,
  types: readonly [name: string, fields: readonly Field[]][],
  message: Record<string, unknown>,
): TypedDataJson {
  const [[primaryType] = [""]] = types;
  const all: readonly [string, readonly Field[]][] = [["EIP712Domain", DOMAIN_FIELDS], ...types];
  return {
    domain: { name: ESCROW_NAME, version: ESCROW_VERSION, chainId, verifyingContract: escrow },
    types: Object.fromEntries(all.map(([name, fields]) => [name, [...fields]])),
    primaryType,
    message,
  };
}

/** The order's terms; their digest is the order's id. */
export const termsTypedData = (domain: EscrowDomain, terms: Terms): TypedDataJson =>
  escrowTypedData(
    domain,
    [
      ["Terms", TERMS_FIELDS],
      ["Leg", LEG_FIELDS],
    ],
    {
      ...terms,
      amount: terms.amount.toString(),
      legs: terms.legs.map(({ account, share, kind }) => ({ account, share: share.toString(), kind })),
      salt: terms.salt.toString(),
    },
  );

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

interface Receive {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  readonly validBefore: number;
  readonly nonce: Hex;
}

const receiveTypedData = (token: TokenDomain, { from, to, value, validBefore, nonce }: Receive): TypedDataJson => ({
  domain: { name: token.name, version: token.version, chainId: token.chainId, verifyingContract: token.address },
  types: { EIP712Domain: [...DOMAIN_FIELDS], ReceiveWithAuthorization: [...RECEIVE_FIELDS] },
  primaryType: "ReceiveWithAuthorization",
  message: { from, to, value: value.toString(), validAfter: "0", validBefore: validBefore.toString(), nonce },
});

/** The payer's signed release of what is captured, for `releaseWithSignature`. */
export const releaseTypedData = (domain: EscrowDomain, consent: ReleaseConsent): TypedDataJson =>
  escrowTypedData(domain, [["Release", RELEASE_FIELDS]], {
    ...{ id: consent.id, captured: consent.captured.toString() },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

/** What ends with `deadline`, its last chain second, and can happen to an order once only. */
type OnceConsent = { readonly id: Hex; readonly deadline: number };

/** The payer's signed burning of terms nobody has paid, for `cancelTermsWithSignature`. */
export const cancelTermsTypedData = (domain: EscrowDomain, { id, deadline }: OnceConsent): TypedDataJson =>
  escrowTypedData(domain, [["CancelTerms", ONCE_FIELDS]], { id, deadline: deadline.toString() });

/** The payer's signed call for what is still held once `captureBy` has come, for `reclaimWithSignature`. */
export const reclaimTypedData = (domain: EscrowDomain, { id, deadline }: OnceConsent): TypedDataJson =>
  escrowTypedData(domain, [["Reclaim", ONCE_FIELDS]], { id, deadline: deadline.toString() });

/** An account's signed withdrawal of its credit, for `withdrawWithSignature`. */
export const withdrawTypedData = (domain: EscrowDomain, consent: WithdrawalConsent): TypedDataJson =>
  escrowTypedData(domain, [["Withdraw", WITHDRAW_FIELDS]], {
    ...{ account: consent.account, token: consent.token, amount: consent.amount.toString(), to: consent.to },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

/** A signature's own number, any its signer has not used, and its last chain second. */
export type Until = { readonly nonce: bigint; readonly deadline: number };

/** A signatory's acceptance of an agreement, shown whole; the same for all signatories. */
export const acceptAgreementTypedData = (
  domain: EscrowDomain,
  agreement: Agreement,
  { nonce, deadline }: Until,
): TypedDataJson =>
  escrowTypedData(
    domain,
    [
      ["AcceptAgreement", ACCEPT_FIELDS],
      ["Agreement", AGREEMENT_FIELDS],
      ["Party", PARTY_FIELDS],
    ],
    {
      agreement: {
        ...agreement,
        parties: agreement.parties.map((party) => ({ ...party, mostFixed: party.mostFixed.toString() })),
      },
      nonce: nonce.toString(),
      deadline: deadline.toString(),
    },
  );

/** A signatory's revocation of an agreement, for `revokeAgreementWithSignature`. */
export const revokeAgreementTypedData = (
  domain: EscrowDomain,
  { id, nonce, deadline }: Until & { readonly id: Hex },
): TypedDataJson =>
  escrowTypedData(domain, [["RevokeAgreement", REVOKE_FIELDS]], {
    ...{ id, nonce: nonce.toString(), deadline: deadline.toString() },
  });
