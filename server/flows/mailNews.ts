import type { Context } from "../core/db/context.ts";
import { newId } from "../core/ids.ts";
import { mailboxOf } from "../modules/accounts/index.ts";
import { type LetterValues, MAILED_NEWS, sendMail } from "../modules/mail/index.ts";
import { linesOf, type Order } from "../modules/orders/index.ts";

type News = LetterValues<"order_news">["news"];

/** Mails a shopper what they have just ordered, if they have a verified address. */
export const mailPlaced = (ctx: Context, order: Order): Promise<void> => mailOrder(ctx, order, "order.placed");

/**
 * Mails a shopper the news of their order that they are told, in their language. Nobody is mailed at an address
 * that is not theirs for certain; the other parties of an order read theirs on their pages.
 */
export async function mailNews(ctx: Context, order: Order, kind: string): Promise<void> {
  const news = MAILED_NEWS.find((mailed) => mailed === kind);
  if (news !== undefined) await mailOrder(ctx, order, news);
}

async function mailOrder(ctx: Context, order: Order, news: News): Promise<void> {
  const mailbox = await mailboxOf(ctx, order.userId);
  if (mailbox === undefined) return;
  const { id, orderSn, currency, freight, total } = order;
  const lines = (await linesOf(ctx, [id])).get(id) ?? [];
  const values = {
    ...{ news, order_sn: orderSn, currency, freight, total },
    lines: lines.map((line) => ({ name: line.name, count: line.count, total: line.total })),
  };
  await sendMail(ctx, { to: mailbox.email, language: mailbox.language, letter: "order_news", values, key: newId() });
}
