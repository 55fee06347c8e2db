import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { type Order, orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, type PaymentRequest, paymentProblems } from "../modules/payments/index.ts";
import { lockedOrderAs } from "./access.ts";

export interface Refund {
  readonly escrowOrder: EscrowOrder;
  /** What the operator was asked for; together the amount of the refund. */
  readonly requests: readonly PaymentRequest[];
}

/**
 * The seller gives money back before it is released: first of what is held (a void), then of what is captured (a
 * refund). The chain decides.
 * @param request.amount base units of the order's token
 * @throws order_not_found, order_not_refundable, payment_not_confirmed, payment_amount_exceeded,
 * payment_request_running
 */
export const refund = (
  house: House,
  actor: UserActor,
  { orderId, amount }: { readonly orderId: Id; readonly amount: bigint },
): Promise<Refund> =>
  house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, orderId, "seller");
    const escrowOrder = await payments.escrowOrderOf(ctx, orderId);
    assertRefundable(order, escrowOrder);
    const requests = await ask(ctx, escrowOrder, amount);
    await orderBook.record(ctx, order, "payment.refund_asked", `${amount} base units`);
    return { escrowOrder, requests };
  });

function assertRefundable({ state }: Order, payment: EscrowOrder): void {
  if (state !== "confirmed") throw orderProblems.order_not_refundable(`The order is ${state}.`);
  if (!payments.isReliable(payments.snapshot(payment))) throw paymentProblems.payment_not_confirmed();
}

async function ask(ctx: Context, escrowOrder: EscrowOrder, amount: bigint): Promise<PaymentRequest[]> {
  const { held, captured, releaseAtS } = escrowOrder;
  const nowS = await chainTimeS(ctx, escrowOrder.chainId);
  if (amount > held + captured)
    throw paymentProblems.payment_amount_exceeded(`${held + captured} base units can be refunded.`, {
      available: (held + captured).toString(),
    });
  const ofHeld = amount < held ? amount : held;
  const ofCaptured = amount - ofHeld;
  if (ofCaptured > 0n && nowS >= releaseAtS)
    throw orderProblems.order_not_refundable("What is captured is due to the payees by now.");
  const parts = [
    { kind: "void" as const, amount: ofHeld },
    { kind: "refund" as const, amount: ofCaptured },
  ].filter((part) => part.amount > 0n);
  const requests = [];
  for (const part of parts) requests.push(await payments.ask(ctx, escrowOrder, part, nowS));
  return requests;
}
