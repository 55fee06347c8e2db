import type { Context } from "../core/db/context.ts";
import { system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Id } from "../core/ids.ts";
import { head } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { isInHouse, type Order } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { putStockBack } from "./stock.ts";
import { tellBoth, tellBuyer } from "./tell.ts";

/** What became of an order whose time to pay may be over. `waiting`: ask again later. */
export type Expiry = "ended" | "not_needed" | "waiting";

/**
 * Ends an order that cannot be paid any more, and frees its stock: never paid it expires; when a reorg took its
 * payment away before it was sent, it is cancelled. The chain's clock alone decides: blocks up to the one whose
 * second is `authorizeBy` may hold a payment that the house has not read.
 */
export const expireOrder = (house: House, orderId: Id): Promise<Expiry> =>
  house.db.write(system("expiry"), async (ctx) => {
    const order = await orderBook.lock(ctx, orderId);
    if (order === undefined || !(order.state === "placed" || order.state === "on_hold")) return "not_needed";
    const escrowOrder = await payments.escrowOrderOf(ctx, orderId);
    const read = await head(ctx, escrowOrder.chainId);
    if (read === undefined || read.timestampS < escrowOrder.authorizeByS) return "waiting";
    if (escrowOrder.state !== "pending") return "waiting";
    return end(ctx, order);
  });

async function end(ctx: Context, order: Order): Promise<Expiry> {
  if (order.state === "placed") {
    const expired = await orderBook.move(ctx, order, { event: "order.expired", state: "expired" });
    await putStockBack(ctx, [order]);
    await tellBuyer(ctx, expired, "order.expired");
    return "ended";
  }
  // What was sent while it was paid is for people to sort out; it stays on hold.
  if (!isInHouse(order.fulfilment)) return "not_needed";
  const note = "its payment is gone from the chain and cannot come back";
  const cancelled = await orderBook.move(ctx, order, { event: "order.cancelled", state: "cancelled", note });
  await putStockBack(ctx, [order]);
  await tellBoth(ctx, cancelled, "order.cancelled");
  return "ended";
}
