import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { isInHouse, type Order, orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { lockedOrderAs } from "./access.ts";
import { type OrderOverview, overview } from "./orderOverview.ts";
import { putStockBack } from "./stock.ts";
import { tellBoth } from "./tell.ts";

/**
 * Either side cancels an order that was not sent. Unpaid it ends at once and its stock is free; paid, the operator is
 * asked to void the payment, and the order ends when the chain says so.
 * @throws order_not_found, order_not_cancellable, payment_request_running
 */
export const cancel = (
  house: House,
  actor: UserActor,
  { orderId, reason }: { readonly orderId: Id; readonly reason?: string | undefined },
): Promise<OrderOverview> =>
  house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, orderId, "party");
    if (order.state === "placed" || (order.state === "on_hold" && isInHouse(order.fulfilment)))
      return overview(ctx, await cancelAtOnce(ctx, order, reason));
    if (order.state === "confirmed" && isInHouse(order.fulfilment))
      return overview(ctx, await askVoid(ctx, order, reason));
    throw orderProblems.order_not_cancellable(`It is ${order.state} and ${order.fulfilment}.`);
  });

/** Nothing is paid as far as the house knows; should money come or come back, it is returned. */
async function cancelAtOnce(ctx: Context, order: Order, reason: string | undefined): Promise<Order> {
  const step = { event: "order.cancelled", state: "cancelled" as const, ...(reason ? { note: reason } : {}) };
  const cancelled = await orderBook.move(ctx, order, step);
  await putStockBack(ctx, [order]);
  await tellBoth(ctx, cancelled, "order.cancelled");
  return cancelled;
}

async function askVoid(ctx: Context, order: Order, reason: string | undefined): Promise<Order> {
  const escrowOrder = await payments.escrowOrderOf(ctx, order.id);
  const nowS = await chainTimeS(ctx, escrowOrder.chainId);
  if (escrowOrder.held === 0n) throw orderProblems.order_not_cancellable("Nothing is held for it any more.");
  await payments.ask(ctx, escrowOrder, { kind: "void", amount: escrowOrder.held }, nowS);
  const asked = await orderBook.askCancel(ctx, order, reason ?? "no reason given");
  await tellBoth(ctx, asked, "order.cancel_asked");
  return asked;
}
