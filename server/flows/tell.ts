import type { Context } from "../core/db/context.ts";
import type { Id } from "../core/ids.ts";
import { merchantById } from "../modules/merchants/index.ts";
import { notify } from "../modules/notifications/index.ts";
import type { Order } from "../modules/orders/index.ts";
import { mailNews } from "./mailNews.ts";

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

/** Tells the shopper, on their pages and, where they have a verified address and the news is worth it, by mail. */
export async function tellBuyer(ctx: Context, order: Order, news: OrderNews): Promise<void> {
  await tell(ctx, order.userId, order, news);
  await mailNews(ctx, order, news);
}

/** Tells the shopper and the merchant's owner. */
export async function tellBoth(ctx: Context, order: Order, news: OrderNews): Promise<void> {
  const { ownerId } = await merchantById(ctx, order.merchantId);
  await tellBuyer(ctx, order, news);
  if (ownerId !== order.userId) await tell(ctx, ownerId, order, news);
}

const tell = (ctx: Context, userId: Id, { id, orderSn, paymentId }: Order, news: OrderNews): Promise<void> =>
  notify(ctx, userId, news, { order_id: id, order_sn: orderSn, payment_id: paymentId });
