import type { Order } from "../modules/orders/index.ts";
import {
  isCancelled,
  isPaid,
  isReliable,
  isReturned,
  isSettled,
  type PaymentSnapshot,
} from "../modules/payments/index.ts";

/**
 * What the chain makes of an order.
 * confirm: the money is there, the sale stands. hold: it is gone, or its logs make no sense; nothing may ship.
 * resume: it came back. complete: it reached the payees. reopen: a reorg took that back.
 * cancel: all of it went back to the payer, or the payer burnt the terms unpaid. return_money: it was paid although the order had ended.
 */
export type PaymentStep = "confirm" | "hold" | "resume" | "complete" | "reopen" | "cancel" | "return_money";

/** The next step of an order, given what the chain says of its payment; undefined when both agree. Pure. */
export function nextStep({ state }: Pick<Order, "state">, payment: PaymentSnapshot): PaymentStep | undefined {
  const ended = isReturned(payment) || isCancelled(payment);
  const lost = payment.broken !== null || !(isPaid(payment) || isReturned(payment));
  const stands = state === "confirmed" || state === "completed";
  if (lost && stands) return "hold";
  if (payment.broken !== null || !isReliable(payment)) return undefined;
  switch (state) {
    case "placed":
      if (ended) return "cancel";
      return lost ? undefined : "confirm";
    case "confirmed":
      if (ended) return "cancel";
      return isSettled(payment) ? "complete" : undefined;
    case "on_hold":
      if (ended) return "cancel";
      return lost ? undefined : "resume";
    case "completed":
      return isSettled(payment) ? undefined : "reopen";
    case "expired":
    case "cancelled":
      return payment.held + payment.captured > 0n ? "return_money" : undefined;
  }
}
