import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { type Order, orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, paymentProblems } from "../modules/payments/index.ts";
import { lockedOrderAs } from "./access.ts";
import { type OrderOverview, overview } from "./orderOverview.ts";
import { tellBuyer } from "./tell.ts";

/**
 * The seller sends an order, or a part of it, and has the operator capture its money.
 * @param request.amount base units of the order's token to capture; all that is held unless said
 * @throws order_not_found, order_not_shippable, payment_not_confirmed, payment_amount_exceeded,
 * payment_request_running
 */
export const ship = (
  house: House,
  actor: UserActor,
  request: { readonly orderId: Id; readonly amount?: bigint | undefined },
): Promise<OrderOverview> =>
  house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, request.orderId, "seller");
    const escrowOrder = await payments.escrowOrderOf(ctx, order.id);
    const nowS = await chainTimeS(ctx, escrowOrder.chainId);
    assertShippable(order, escrowOrder, nowS);
    const amount = request.amount ?? escrowOrder.held;
    await payments.ask(ctx, escrowOrder, { kind: "capture", amount }, nowS);
    const note = `${amount} of ${escrowOrder.held} held base units are to be captured`;
    if (order.fulfilment === "shipped") {
      await orderBook.record(ctx, order, "order.capture_asked", note);
      return overview(ctx, order);
    }
    const shipped = await orderBook.move(ctx, order, { event: "order.shipped", fulfilment: "shipped", note });
    await tellBuyer(ctx, shipped, "order.shipped");
    return overview(ctx, shipped);
  });

function assertShippable(order: Order, payment: EscrowOrder, nowS: number): void {
  const { order_not_shippable } = orderProblems;
  if (order.state !== "confirmed") throw order_not_shippable(`The order is ${order.state}.`);
  if (order.fulfilment === "delivered" || order.fulfilment === "returned")
    throw order_not_shippable(`The order is ${order.fulfilment}.`);
  if (!payments.isReliable(payments.snapshot(payment))) throw paymentProblems.payment_not_confirmed();
  if (payment.held === 0n) throw order_not_shippable("Nothing is held for it any more.");
  if (nowS >= payment.captureByS) throw order_not_shippable("The time to capture its money is over.");
}
