import type { Context, ReadContext } from "../core/db/context.ts";
import type { Id } from "../core/ids.ts";
import { merchantById } from "../modules/merchants/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { isBuyer, isSeller, type Order, orderProblems } from "../modules/orders/index.ts";

/** On which side of an order somebody must stand: who bought it, who sells it (or is staff), or either. */
export type Side = "buyer" | "seller" | "party";

/** An order as one of its sides. Another tenant's is answered like an unknown one. @throws order_not_found */
export async function orderAs(ctx: ReadContext, id: Id, side: Side): Promise<Order> {
  return admitted(ctx, await orderBook.byId(ctx, id), side);
}

/** The same, held until the transaction ends, for who is going to change it. @throws order_not_found */
export async function lockedOrderAs(ctx: Context, id: Id, side: Side): Promise<Order> {
  return admitted(ctx, await orderBook.lock(ctx, id), side);
}

async function admitted(ctx: ReadContext, order: Order | undefined, side: Side): Promise<Order> {
  if (order === undefined) throw orderProblems.order_not_found();
  const { ownerId } = await merchantById(ctx, order.merchantId);
  const parties = { userId: order.userId, sellerId: ownerId };
  const buys = side !== "seller" && isBuyer(ctx.actor, parties);
  const sells = side !== "buyer" && isSeller(ctx.actor, parties);
  if (!buys && !sells) throw orderProblems.order_not_found();
  return order;
}
