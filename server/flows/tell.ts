import type { Context } from "../core/db/context.ts";
import { gather } from "../core/db/gather.ts";
import type { Id } from "../core/ids.ts";
import { merchantProblems, merchantsByIds } from "../modules/merchants/index.ts";
import { notify } from "../modules/notifications/index.ts";
import type { OrderHead } from "../modules/orders/index.ts";
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

/** News for the shopper, and for the merchant's owner too unless `onlyBuyer` is said. */
export interface Telling {
  readonly order: OrderHead;
  readonly news: OrderNews;
  readonly onlyBuyer?: true;
}

/** Tells the shopper, on their pages and, where they have a verified address and the news is worth it, by mail. */
export const tellBuyer = (ctx: Context, order: OrderHead, news: OrderNews): Promise<void> =>
  tellAll(ctx, [{ order, news, onlyBuyer: true }]);

/** Tells the shopper and the merchant's owner. */
export const tellBoth = (ctx: Context, order: OrderHead, news: OrderNews): Promise<void> =>
  tellAll(ctx, [{ order, news }]);

/** Tells everybody their news, in this order. */
export const tellAll = (ctx: Context, tellings: readonly Telling[]): Promise<void> =>
  gather(ctx, async () => {
    const owners = await ownersOf(
      ctx,
      tellings.filter(({ onlyBuyer }) => !onlyBuyer).map(({ order }) => order),
    );
    for (const { order, news, onlyBuyer } of tellings) {
      await tell(ctx, order.userId, order, news);
      const owner = onlyBuyer ? undefined : owners.get(order.merchantId);
      if (owner !== undefined && owner !== order.userId) await tell(ctx, owner, order, news);
    }
    await mailNews(ctx, tellings);
  });

/** Who owns the merchants of these orders, by merchant. @throws merchant_not_found */
async function ownersOf(ctx: Context, orders: readonly OrderHead[]): Promise<ReadonlyMap<Id, Id>> {
  if (orders.length === 0) return new Map();
  const ids = [...new Set(orders.map(({ merchantId }) => merchantId))];
  const merchants = await merchantsByIds(ctx, ids);
  if (merchants.size < ids.length) throw merchantProblems.merchant_not_found();
  return new Map([...merchants].map(([id, { ownerId }]) => [id, ownerId]));
}

const tell = (ctx: Context, userId: Id, { id, orderSn, paymentId }: OrderHead, news: OrderNews): Promise<void> =>
  notify(ctx, userId, news, { order_id: id, order_sn: orderSn, payment_id: paymentId });
