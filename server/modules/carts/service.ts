import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { catalogProblems, offersOf } from "../catalog/index.ts";
import { assertSelling, type Channel, channelByCode, channelProblems, channelsByIds } from "../channels/index.ts";
import { stockByIds } from "../inventory/index.ts";
import { CartLine } from "./entities.ts";
import { cartProblems } from "./problems.ts";
import { type CartView, cartView, type KeptLine, lineKey, MOST_LINES } from "./rules.ts";

/** How many of a good there shall be in a cart. */
export interface LineWish {
  readonly goodId: Id;
  /** 0 removes the line. */
  readonly count: number;
  /** The channel's code; the oldest open channel unless said. */
  readonly channel?: string | undefined;
}

interface PlacedWish extends LineWish {
  readonly channelId: Id;
}

interface PricedWish extends PlacedWish {
  /** Minor units, of one piece. */
  readonly price: Minor;
}

/** A user's cart over all channels, at today's prices, in the order in which lines were added. */
export async function cartOf(ctx: ReadContext, userId: Id): Promise<CartView> {
  const lines = await keptLines(ctx, userId);
  const goodIds = [...new Set(lines.map(({ goodId }) => goodId))];
  return cartView(lines, {
    offers: await offersOf(ctx, goodIds),
    channels: await channelsByIds(ctx, [...new Set(lines.map(({ channelId }) => channelId))]),
    stock: await stockByIds(ctx, goodIds),
  });
}

/**
 * Sets lines of a user's cart: the counts are what shall be, not what is added.
 * @throws channel_not_found, channel_closed, good_not_found, good_not_listed, cart_line_repeated, cart_full
 */
export async function setLines(ctx: Context, userId: Id, wishes: readonly LineWish[]): Promise<CartView> {
  const placed = await placeWishes(ctx, wishes);
  const wanted = await priceWishes(
    ctx,
    placed.filter(({ count }) => count > 0),
  );
  await lock(ctx, userId);
  for (const { goodId, channelId } of placed.filter(({ count }) => count === 0))
    await ctx.db.delete(CartLine, { userId, goodId, channelId });
  for (const wish of wanted) await setLine(ctx, userId, wish);
  if ((await ctx.db.countBy(CartLine, { userId })) > MOST_LINES)
    throw cartProblems.cart_full(`A cart has at most ${MOST_LINES} lines.`);
  return cartOf(ctx, userId);
}

/** Empties a user's cart, on all channels. */
export async function emptyCart(ctx: Context, userId: Id): Promise<void> {
  await lock(ctx, userId);
  await ctx.db.delete(CartLine, { userId });
}

/**
 * What a user means to buy on a channel. The cart stays locked until the transaction ends, so that of two checkouts
 * at once the second finds what the first left.
 */
export async function linesOf(ctx: Context, userId: Id, channelId: Id): Promise<readonly KeptLine[]> {
  await lock(ctx, userId);
  return (await keptLines(ctx, userId)).filter((line) => line.channelId === channelId);
}

/** Takes a channel's lines out of a user's cart, because they were ordered. */
export async function clear(ctx: Context, userId: Id, channelId: Id): Promise<void> {
  await ctx.db.delete(CartLine, { userId, channelId });
}

const keptLines = (ctx: ReadContext, userId: Id): Promise<CartLine[]> =>
  ctx.db.find(CartLine, { where: { userId }, order: { addedAt: "ASC", goodId: "ASC", channelId: "ASC" } });

/** Writing the cart's own row makes the changes of one cart wait for each other. */
async function lock(ctx: Context, userId: Id): Promise<void> {
  await sql(
    ctx.db,
    `INSERT INTO cart (user_id, updated_at) VALUES (:userId, :now)
     ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at`,
    { userId, now: ctx.clock.now() },
  );
}

async function placeWishes(ctx: Context, wishes: readonly LineWish[]): Promise<PlacedWish[]> {
  const channels = new Map<string | undefined, Channel>();
  for (const { channel } of wishes)
    if (!channels.has(channel)) channels.set(channel, await channelByCode(ctx, channel));
  const placed = wishes.map((wish) => {
    const channel = channels.get(wish.channel);
    if (channel === undefined) throw channelProblems.channel_not_found();
    if (wish.count > 0) assertSelling(channel);
    return { ...wish, channelId: channel.id };
  });
  const keys = placed.map(lineKey);
  const twice = placed.find((wish, at) => keys.indexOf(lineKey(wish)) !== at);
  if (twice) throw cartProblems.cart_line_repeated(undefined, { good_id: twice.goodId });
  return placed;
}

/** The wishes with today's prices. A good that the channel never had is answered like an unknown one. */
async function priceWishes(ctx: Context, wishes: readonly PlacedWish[]): Promise<PricedWish[]> {
  const offers = await offersOf(
    ctx,
    wishes.map(({ goodId }) => goodId),
  );
  const byLine = new Map(offers.map((offer) => [lineKey(offer), offer]));
  return wishes.map((wish) => {
    const offer = byLine.get(lineKey(wish));
    const extra = { good_id: wish.goodId };
    if (offer === undefined) throw catalogProblems.good_not_found(undefined, extra);
    if (!offer.open) throw cartProblems.good_not_listed(`"${offer.name}" is not for sale on this channel now.`, extra);
    return { ...wish, price: offer.price };
  });
}

async function setLine(ctx: Context, userId: Id, { goodId, channelId, count, price }: PricedWish): Promise<void> {
  await sql(
    ctx.db,
    `INSERT INTO cart_line (user_id, good_id, channel_id, count, seen_price, added_at)
     VALUES (:userId, :goodId, :channelId, :count, :price, :now)
     ON CONFLICT (user_id, good_id, channel_id) DO UPDATE SET count = excluded.count, seen_price = excluded.seen_price`,
    { userId, goodId, channelId, count, price, now: ctx.clock.now() },
  );
}
