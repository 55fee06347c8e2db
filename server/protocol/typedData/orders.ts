import type { Address, Hex } from "viem";
import { type EscrowDomain, LEG_FIELDS, type Leg, TERMS_FIELDS, type Terms } from "../terms.ts";
import { AMOUNT, DEADLINE, escrowTypedData, ID, NONCE, type TypedDataJson, type Until } from "./form.ts";

/** Legs as they stand in a message. */
export const legsMessage = (legs: readonly Leg[]) =>
  legs.map(({ account, share, kind }) => ({ account, share: share.toString(), kind }));

/**
 * The order's terms, which the payer signs to pay by its allowance (`authorizeWithAllowance`, `authorizeWithPermit`,
 * `chargeWithAllowance`); their digest is the order's id.
 */
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
      legs: legsMessage(terms.legs),
      salt: terms.salt.toString(),
    },
  );

/** The payer's consent to pay an order out of its credit, for `authorizeWithCredit` and `chargeWithCredit`. */
export const authorizeWithCreditTypedData = (domain: EscrowDomain, id: Hex): TypedDataJson =>
  escrowTypedData(domain, [["AuthorizeWithCredit", [ID]]], { id });

/** What ends with `deadline`, its last chain second, and can happen to an order once only. */
type OnceConsent = { readonly id: Hex; readonly deadline: number };

const ONCE_FIELDS = [ID, DEADLINE] as const;

/** The payer's signed burning of terms nobody has paid, for `cancelTermsWithSignature`. */
export const cancelTermsTypedData = (domain: EscrowDomain, { id, deadline }: OnceConsent): TypedDataJson =>
  escrowTypedData(domain, [["CancelTerms", ONCE_FIELDS]], { id, deadline: deadline.toString() });

/** The payer's signed call for what is still held once `captureBy` has come, for `reclaimWithSignature`. */
export const reclaimTypedData = (domain: EscrowDomain, { id, deadline }: OnceConsent): TypedDataJson =>
  escrowTypedData(domain, [["Reclaim", ONCE_FIELDS]], { id, deadline: deadline.toString() });

/** What a payer signs to release: `captured` in base units as seen, any unused `nonce`, last second `deadline`. */
export type ReleaseConsent = Until & { readonly id: Hex; readonly captured: bigint };

/** The payer's signed release of what is captured, for `releaseWithSignature`. */
export const releaseTypedData = (domain: EscrowDomain, consent: ReleaseConsent): TypedDataJson =>
  escrowTypedData(domain, [["Release", [ID, { name: "captured", type: "uint256" }, NONCE, DEADLINE]]], {
    ...{ id: consent.id, captured: consent.captured.toString() },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

/** What a merchant signs to give back `amount` of what it sees as `captured`, both in base units. */
export type RefundConsent = ReleaseConsent & { readonly amount: bigint };

/** The merchant's signed refund before release, for `refundWithSignature`. */
export const refundTypedData = (domain: EscrowDomain, consent: RefundConsent): TypedDataJson =>
  escrowTypedData(domain, [["Refund", [ID, AMOUNT, { name: "captured", type: "uint256" }, NONCE, DEADLINE]]], {
    ...{ id: consent.id, amount: consent.amount.toString(), captured: consent.captured.toString() },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

/** What a merchant signs to give back `amount` of what was released; `refunded` went back so before. Base units. */
export type RefundReleasedConsent = {
  readonly id: Hex;
  readonly amount: bigint;
  readonly refunded: bigint;
  readonly deadline: number;
};

/** The merchant's signed refund after release, for `refundReleasedWithSignature`. */
export const refundReleasedTypedData = (domain: EscrowDomain, consent: RefundReleasedConsent): TypedDataJson =>
  escrowTypedData(domain, [["RefundReleased", [ID, AMOUNT, { name: "refunded", type: "uint256" }, DEADLINE]]], {
    ...{ id: consent.id, amount: consent.amount.toString(), refunded: consent.refunded.toString() },
    deadline: consent.deadline.toString(),
  });

const ROUND = { name: "round", type: "uint256" } as const;

/**
 * What a payer signs to dispute `amount` base units of what is captured, or all where less is left. `round` is one above
 * the number of the order's disputes so far, `evidence` a hash or any other 32 bytes.
 */
export type DisputeConsent = {
  readonly id: Hex;
  readonly amount: bigint;
  readonly round: number;
  readonly evidence: Hex;
  readonly deadline: number;
};

/** The payer's signed dispute, for `disputeWithSignature`. */
export const disputeTypedData = (domain: EscrowDomain, consent: DisputeConsent): TypedDataJson =>
  escrowTypedData(domain, [["Dispute", [ID, AMOUNT, ROUND, { name: "evidence", type: "bytes32" }, DEADLINE]]], {
    ...{ id: consent.id, amount: consent.amount.toString(), round: consent.round.toString() },
    ...{ evidence: consent.evidence, deadline: consent.deadline.toString() },
  });

/** What a payer or a merchant, `account`, signs to give in; only `id`, `round` and `deadline` are in the signed form. */
export type ConcedeConsent = {
  readonly id: Hex;
  readonly account: Address;
  readonly round: number;
  readonly deadline: number;
};

/** A side's signed end of the dispute `round`, for `concedeWithSignature`. */
export const concedeTypedData = (
  domain: EscrowDomain,
  { id, round, deadline }: Omit<ConcedeConsent, "account">,
): TypedDataJson =>
  escrowTypedData(domain, [["Concede", [ID, ROUND, DEADLINE]]], {
    ...{ id, round: round.toString(), deadline: deadline.toString() },
  });
