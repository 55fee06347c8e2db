import type { Address } from "viem";
import { isPaid, isReliable, type PaymentSnapshot } from "./rules.ts";

/**
 * What is wrong with money in the escrow. underpaid, overpaid, altered: terms that are an order's of ours but for
 * another amount, or but for something else. duplicate: such terms beside the order's own payment. late: an order's own
 * terms, paid although it had ended. unknown: terms that name our operator and are of no order of ours.
 */
export const EXCEPTION_KINDS = ["underpaid", "overpaid", "altered", "duplicate", "late", "unknown"] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

/**
 * What becomes of it. open: the chain has yet to confirm it. returning: the operator was asked to give it back.
 * returned: it is back. left_to_payer: only the payer can have it back, once the time to capture is over. taken:
 * somebody whom those terms let captured it. gone: a reorganisation took the payment.
 */
export const EXCEPTION_STATES = ["open", "returning", "returned", "left_to_payer", "taken", "gone"] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

interface Price {
  readonly token: Address;
  /** Base units of `token`. */
  readonly amount: bigint;
}

/**
 * What is wrong with terms that are not those of an order.
 * @param order of ours with the same salt, and whether its own terms were paid; undefined without one
 */
export function variantKind(terms: Price, order: (Price & { readonly isPaid: boolean }) | undefined): ExceptionKind {
  if (order === undefined) return "unknown";
  if (order.isPaid) return "duplicate";
  if (terms.token !== order.token || terms.amount === order.amount) return "altered";
  return terms.amount < order.amount ? "underpaid" : "overpaid";
}

/** What the chain says of a payment that should not be. Base units of its token. */
export interface Standing {
  /** What the operator has to give back. */
  readonly due: bigint;
  /** What the payer has back, by whomever. */
  readonly returned: bigint;
  /** Whether anything of it was ever there. */
  readonly exists: boolean;
  /** Whether anything of it is with the payees, or on the way to them. */
  readonly taken: boolean;
  readonly isReliable: boolean;
}

/**
 * Of a late payment all that is not released is due, for its terms let the operator refund. Of others what is held: who
 * writes terms of their own decides whom they let capture, and we never do.
 */
export function standingOf(kind: ExceptionKind, payment: PaymentSnapshot): Standing {
  const { held, captured, disputed, released, returned, refundedReleased } = payment;
  const due = held + (kind === "late" ? captured : 0n);
  return {
    due,
    returned: returned + refundedReleased,
    exists: isPaid(payment) || returned > 0n,
    taken: held + captured + disputed + released - refundedReleased > due,
    isReliable: isReliable(payment),
  };
}

/**
 * Where an exception stands now. Derived anew from the chain each time, and only what was asked is remembered: a payment
 * that a reorganisation takes and brings back is asked for again.
 * @param before       undefined for a new one
 * @param isReturnable whether the operator can give back what is due
 */
export function exceptionState(
  before: ExceptionState | undefined,
  { due, exists, taken, isReliable }: Standing,
  isReturnable: boolean,
): ExceptionState {
  if (!exists) return "gone";
  if (due === 0n) return taken ? "taken" : "returned";
  if (before === "returning" || before === "left_to_payer") return before;
  if (!isReliable) return "open";
  return isReturnable ? "returning" : "left_to_payer";
}
