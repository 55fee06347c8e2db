import type { Context } from "../core/db/context.ts";
import { type Id, newId } from "../core/ids.ts";
import { merchantById } from "../modules/merchants/index.ts";
import { notify } from "../modules/notifications/index.ts";
import type { Order } from "../modules/orders/index.ts";

/** What the parties of an order are told. */
export type OrderNews =
  | "payment.confirmed"
  | "payment.reverted"
  | "payment.returning"
  | "order.completed"
  | "order.cancelled"
  | "order.expired"
  | "order.shipped"
  | "order.partially_shipped"
  | "payment.refunding"
  | "order.cancel_asked";

/** Tells the shopper, once this transaction stands. */
export const tellBuyer = (ctx: Context, order: Order, news: OrderNews): Promise<void> =>
  tell(ctx, order.userId, order, news);

/** Tells the shopper and the merchant's owner, once this transaction stands. */
export async function tellBoth(ctx: Context, order: Order, news: OrderNews): Promise<void> {
  const { ownerId } = await merchantById(ctx, order.merchantId);
  for (const userId of new Set([order.userId, ownerId])) await tell(ctx, userId, order, news);
}

/** Each call is of one change of the order, which happens once; so each has a key of its own. */
const tell = (ctx: Context, userId: Id, { id, orderSn, paymentId }: Order, news: OrderNews): Promise<void> =>
  notify(ctx, userId, news, { order_id: id, order_sn: orderSn, payment_id: paymentId }, newId());
