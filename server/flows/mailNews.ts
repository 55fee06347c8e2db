import type { Context } from "../core/db/context.ts";
import { newId } from "../core/ids.ts";
import { mailboxesOf } from "../modules/accounts/index.ts";
import { type LetterValues, MAILED_NEWS, sendMail } from "../modules/mail/index.ts";
import { linesOf, type OrderHead } from "../modules/orders/index.ts";

type News = LetterValues<"order_news">["news"];

/** News of an order. */
export interface Told {
  readonly order: OrderHead;
  readonly news: string;
}

/** Mails a shopper what they have just ordered, if they have a verified address. */
export const mailPlaced = (ctx: Context, order: OrderHead): Promise<void> =>
  mailOrders(ctx, [{ order, news: "order.placed" }]);

/**
 * Mails shoppers the news of their orders that they are told, in their language. Nobody is mailed at an address
 * that is not theirs for certain; the other parties of an order read theirs on their pages.
 */
export const mailNews = (ctx: Context, told: readonly Told[]): Promise<void> =>
  mailOrders(
    ctx,
    told.flatMap(({ order, news }) => {
      const mailed = MAILED_NEWS.find((one) => one === news);
      return mailed === undefined ? [] : [{ order, news: mailed }];
    }),
  );

async function mailOrders(ctx: Context, mailed: readonly { order: OrderHead; news: News }[]): Promise<void> {
  const mailboxes = await mailboxesOf(
    ctx,
    mailed.map(({ order }) => order.userId),
  );
  const letters = mailed.filter(({ order }) => mailboxes.has(order.userId));
  if (letters.length === 0) return;
  const linesOfAll = await linesOf(ctx, [...new Set(letters.map(({ order }) => order.id))]);
  for (const { order, news } of letters) {
    const mailbox = mailboxes.get(order.userId);
    if (mailbox === undefined) continue;
    const { id, orderSn, currency, freight, total } = order;
    const lines = (linesOfAll.get(id) ?? []).map((line) => ({ name: line.name, count: line.count, total: line.total }));
    const values = { news, order_sn: orderSn, currency, freight, total, lines };
    await sendMail(ctx, { to: mailbox.email, language: mailbox.language, letter: "order_news", values, key: newId() });
  }
}
