import { In } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import { Reservation, StockLevel } from "./entities.ts";
import { inventoryProblems } from "./problems.ts";
import { mergedInIdOrder, type ReservationState, type StockLine } from "./rules.ts";

/** A stock level as other rooms see it, in pieces. */
export interface Stock {
  readonly onHand: number;
  readonly reserved: number;
  /** What can still be sold: on hand and not reserved. */
  readonly available: number;
}

const NONE: Stock = { onHand: 0, reserved: 0, available: 0 };

/**
 * Sets how many pieces there are, those that orders hold included.
 * @throws stock_below_reserved with `reserved`
 */
export async function setOnHand(ctx: Context, goodId: Id, onHand: number): Promise<Stock> {
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO stock_level (good_id, on_hand, reserved, updated_at) VALUES (:goodId, :onHand, 0, :now)
     ON CONFLICT (good_id) DO UPDATE SET on_hand = excluded.on_hand, updated_at = excluded.updated_at
     WHERE stock_level.reserved <= excluded.on_hand`,
    { goodId, onHand, now: ctx.clock.now() },
  );
  const stock = await stockOf(ctx, goodId);
  if (affected === 1) return stock;
  const { reserved } = stock;
  throw inventoryProblems.stock_below_reserved(`Orders hold ${reserved} of it.`, { good_id: goodId, reserved });
}

/** The stock of these goods, by id; a good whose stock was never set is not in it. */
export async function stockByIds(ctx: ReadContext, goodIds: readonly Id[]): Promise<ReadonlyMap<Id, Stock>> {
  const levels = await ctx.db.findBy(StockLevel, { goodId: In([...goodIds]) });
  return new Map(
    levels.map(({ goodId, onHand, reserved }) => [goodId, { onHand, reserved, available: onHand - reserved }]),
  );
}

/** The stock of one good; nothing where it was never set. */
export const stockOf = async (ctx: ReadContext, goodId: Id): Promise<Stock> =>
  (await stockByIds(ctx, [goodId])).get(goodId) ?? NONE;

/**
 * Reserves stock for every line of an order, or none. Call it once per order, orders in the order of merchant ids.
 * @param until when the order expires unless it is paid, epoch milliseconds
 * @throws out_of_stock with `good_id` and `available`, for the first line that is short
 */
export async function reserve(ctx: Context, orderId: Id, lines: readonly StockLine[], until: number): Promise<void> {
  const merged = mergedInIdOrder(lines);
  for (const { goodId, count } of merged) {
    const { affected } = await sql(
      ctx.db,
      `UPDATE stock_level SET reserved = reserved + :count, updated_at = :now
       WHERE good_id = :goodId AND on_hand - reserved >= :count`,
      { goodId, count, now: ctx.clock.now() },
    );
    if (affected !== 1) throw await outOfStock(ctx, goodId, count);
  }
  await ctx.db.insert(
    Reservation,
    merged.map((line) => ({ ...line, orderId, returned: 0, state: "reserved" as const, until })),
  );
}

async function outOfStock(ctx: Context, goodId: Id, count: number) {
  const { available } = await stockOf(ctx, goodId);
  return inventoryProblems.out_of_stock(`${available} left, ${count} wanted.`, { good_id: goodId, available });
}

/**
 * Takes what orders reserved out of the house, once their payments are confirmed. A second time is nothing.
 * @returns the orders that hold their stock: that of others was given back before and may be sold by now
 */
export async function takeAll(ctx: Context, orderIds: readonly Id[]): Promise<ReadonlySet<Id>> {
  if (orderIds.length === 0) return new Set();
  const { rows } = await sql<{ order_id: Id; good_id: Id; count: number | string }>(
    ctx.db,
    `UPDATE reservation SET state = 'taken' WHERE order_id IN (:orderIds) AND state = 'reserved'
     RETURNING order_id, good_id, count - returned AS count`,
    { orderIds },
  );
  const lines = mergedInIdOrder(rows.map(({ good_id, count }) => ({ goodId: good_id, count: Number(count) })));
  await change(ctx, lines, "on_hand = on_hand - :count, reserved = reserved - :count");
  const moved = new Set(rows.map(({ order_id }) => order_id));
  const others = orderIds.filter((id) => !moved.has(id));
  if (others.length === 0) return moved;
  const held = await ctx.db.findBy(Reservation, { orderId: In(others), state: "taken" });
  return new Set([...moved, ...held.map(({ orderId }) => orderId)]);
}

/**
 * Gives back what orders reserved, at their expiry or cancellation. A second time is nothing; so is stock that was
 * taken, which `restock` gives back.
 */
export async function giveBack(ctx: Context, orderIds: readonly Id[]): Promise<void> {
  const lines = mergedInIdOrder(await release(ctx, orderIds, "reserved"));
  await change(ctx, lines, "reserved = reserved - :count");
}

/**
 * Takes once more what an order gave back, as far as that is free: for a payment that came after all. All of it or
 * nothing.
 * @returns whether the order has its stock; true for an order that never reserved any
 */
export async function takeAgain(ctx: Context, orderId: Id): Promise<boolean> {
  const lines = mergedInIdOrder(await ctx.db.findBy(Reservation, { orderId, state: "released" }));
  const taken: StockLine[] = [];
  for (const line of lines) {
    if (!(await takeFree(ctx, line))) {
      await change(ctx, taken, "on_hand = on_hand + :count");
      return false;
    }
    taken.push(line);
  }
  await ctx.db.update(Reservation, { orderId, state: "released" }, { state: "taken", returned: 0 });
  return true;
}

async function takeFree(ctx: Context, { goodId, count }: StockLine): Promise<boolean> {
  const { affected } = await sql(
    ctx.db,
    `UPDATE stock_level SET on_hand = on_hand - :count, updated_at = :now
     WHERE good_id = :goodId AND on_hand - reserved >= :count`,
    { goodId, count, now: ctx.clock.now() },
  );
  return affected === 1;
}

/**
 * Puts back what orders took and still have, for good: a second time is nothing, and so is `restockPieces` after it.
 * @param gone by order, pieces that have left the house and stay away
 */
export async function restock(ctx: Context, gone: ReadonlyMap<Id, readonly StockLine[]>): Promise<void> {
  const lines = (await release(ctx, [...gone.keys()], "taken")).map(({ orderId, goodId, count }) => {
    const away = (gone.get(orderId) ?? []).reduce((sum, line) => sum + (line.goodId === goodId ? line.count : 0), 0);
    return { goodId, count: Math.max(0, count - away) };
  });
  const back = mergedInIdOrder(lines).filter(({ count }) => count > 0);
  await change(ctx, back, "on_hand = on_hand + :count");
}

/**
 * Puts some of the pieces back that an order took; never more of a good than it took, whoever asks.
 * @returns the lines that were put back
 */
export async function restockPieces(ctx: Context, orderId: Id, lines: readonly StockLine[]): Promise<StockLine[]> {
  const back: StockLine[] = [];
  for (const line of mergedInIdOrder(lines)) {
    const { affected } = await sql(
      ctx.db,
      `UPDATE reservation SET returned = returned + :count
       WHERE order_id = :orderId AND good_id = :goodId AND state = 'taken' AND returned + :count <= count`,
      { orderId, ...line },
    );
    if (affected === 1) back.push(line);
  }
  await change(ctx, back, "on_hand = on_hand + :count");
  return back;
}

/**
 * Ends these orders' reservations that are in a state.
 * @returns those that were, with the pieces that were not put back before
 */
async function release(
  ctx: Context,
  orderIds: readonly Id[],
  from: ReservationState,
): Promise<(StockLine & { readonly orderId: Id })[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<{ order_id: Id; good_id: Id; count: number | string }>(
    ctx.db,
    `UPDATE reservation SET state = 'released' WHERE order_id IN (:orderIds) AND state = :from
     RETURNING order_id, good_id, count - returned AS count`,
    { orderIds, from },
  );
  return rows.map(({ order_id, good_id, count }) => ({ orderId: order_id, goodId: good_id, count: Number(count) }));
}

async function change(ctx: Context, lines: readonly StockLine[], assignments: string): Promise<void> {
  for (const { goodId, count } of lines) {
    await sql(ctx.db, `UPDATE stock_level SET ${assignments}, updated_at = :now WHERE good_id = :goodId`, {
      goodId,
      count,
      now: ctx.clock.now(),
    });
  }
}
