import { z } from "zod";
import type { Context } from "../core/db/context.ts";
import { Uuid } from "../core/http/schemas.ts";
import { userById } from "../modules/accounts/index.ts";
import { type LetterValues, MAILED_NEWS, sendMail } from "../modules/mail/index.ts";
import type { Told } from "../modules/notifications/index.ts";
import { byId, linesOf, type Order } from "../modules/orders/index.ts";

const AboutOrder = z.object({ order_id: Uuid });

/**
 * Mails a shopper the news of their order that they were just told, in their language. Nobody is mailed at an address
 * that is not theirs for certain; the other parties of an order read theirs on their pages.
 */
export async function mailNews(ctx: Context, { id, userId, kind, payload }: Told): Promise<void> {
  const news = MAILED_NEWS.find((mailed) => mailed === kind);
  const about = AboutOrder.safeParse(payload);
  if (news === undefined || !about.success) return;
  const { email: to, language } = await userById(ctx, userId);
  const order = await byId(ctx, about.data.order_id);
  if (to === null || order?.userId !== userId) return;
  await sendMail(ctx, { to, language, letter: "order_news", values: await orderMail(ctx, order, news), key: id });
}

async function orderMail(
  ctx: Context,
  { id, orderSn, currency, freight, total }: Order,
  news: LetterValues<"order_news">["news"],
): Promise<LetterValues<"order_news">> {
  const lines = (await linesOf(ctx, [id])).get(id) ?? [];
  return {
    ...{ news, order_sn: orderSn, currency, freight, total },
    lines: lines.map((line) => ({ name: line.name, count: line.count, total: line.total })),
  };
}
