import type { Order } from "../modules/orders/index.ts";
import { isPaid, isReliable, isReturned, isSettled, type PaymentSnapshot } from "../modules/payments/index.ts";

/**
 * What the chain makes of an order.
 * confirm: the money is there, the sale stands. hold: it is gone, or its logs make no sense; nothing may ship.
 * resume: it came back. complete: it reached the payees. reopen: a reorg took that back.
 * cancel: all of it went back to the payer. return_money: it was paid although the order had ended.
 */
export type PaymentStep = "confirm" | "hold" | "resume" | "complete" | "reopen" | "cancel" | "return_money";

/** The next step of an order, given what the chain says of its payment; undefined when both agree. Pure. */
export function nextStep({ state }: Pick<Order, "state">, payment: PaymentSnapshot): PaymentStep | undefined {
  const lost = payment.broken !== null || !(isPaid(payment) || isReturned(payment));
  if (lost) return state === "confirmed" || state === "completed" ? "hold" : undefined;
  if (!isReliable(payment)) return undefined;
  switch (state) {
    case "placed":
      return isReturned(payment) ? "cancel" : "confirm";
    case "confirmed":
      if (isReturned(payment)) return "cancel";
      return isSettled(payment) ? "complete" : undefined;
    case "on_hold":
      return isReturned(payment) ? "cancel" : "resume";
    case "completed":
      return isSettled(payment) ? undefined : "reopen";
    case "expired":
    case "cancelled":
      return payment.held + payment.captured > 0n ? "return_money" : undefined;
  }
}
