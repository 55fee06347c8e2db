/** What a payment's order has come to, by its logs alone. */
export type PaymentState =
  | "pending"
  | "authorized"
  | "partially_captured"
  | "captured"
  | "released"
  | "voided"
  | "reclaimed"
  | "refunded"
  | "disputed"
  | "cancelled";

/** Base units of one order; all zero before it authorized, and where its terms were cancelled. */
type Amounts = {
  readonly held: bigint;
  readonly captured: bigint;
  readonly disputed: bigint;
  readonly released: bigint;
  readonly voided: bigint;
  readonly reclaimed: bigint;
  readonly refunded: bigint;
  readonly resolvedToPayer: bigint;
  readonly refundedReleased: bigint;
  readonly cancelled: boolean;
};

/**
 * Names the state of an order by where its money is. While any of it is under dispute that is its name, else while
 * money is held or waits it is named by that; then, if the legs have kept any of it, `released`; else by the way it went
 * back (`refunded`, which includes disputes and refunds after release, before `reclaimed` before `voided`). Terms that
 * were cancelled before they authorized never have any.
 */
export function paymentState(order: Amounts): PaymentState {
  if (order.disputed > 0n) return "disputed";
  if (order.held > 0n) return order.captured + order.released > 0n ? "partially_captured" : "authorized";
  if (order.captured > 0n) return "captured";
  if (order.released > order.refundedReleased) return "released";
  if (order.refunded + order.resolvedToPayer + order.refundedReleased > 0n) return "refunded";
  if (order.reclaimed > 0n) return "reclaimed";
  if (order.cancelled) return "cancelled";
  return order.voided > 0n ? "voided" : "pending";
}
