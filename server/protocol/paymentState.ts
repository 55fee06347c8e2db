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
  readonly released: bigint;
  readonly voided: bigint;
  readonly reclaimed: bigint;
  readonly refunded: bigint;
  readonly cancelled: boolean;
};

/**
 * Names the state of an order by where its money is. While money is held or waits it is named by that; then, if any
 * of it reached the legs, `released`; else by the way it went back (`refunded` before `reclaimed` before `voided`). Terms that were
 * cancelled before they authorized never have any.
 */
export function paymentState(order: Amounts): PaymentState {
  if (order.held > 0n) return order.captured + order.released > 0n ? "partially_captured" : "authorized";
  if (order.captured > 0n) return "captured";
  if (order.released > 0n) return "released";
  if (order.refunded > 0n) return "refunded";
  if (order.reclaimed > 0n) return "reclaimed";
  if (order.cancelled) return "cancelled";
  return order.voided > 0n ? "voided" : "pending";
}
