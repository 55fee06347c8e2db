import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";

/** The pieces of a good, those that orders hold included. */
export interface Pieces {
  readonly onHand: number;
  readonly reserved: number;
}

/**
 * The stock of these goods, by id; a good whose stock was never set is not in it. It stays as it is until the
 * transaction ends: the rows are locked, in the order of ids.
 */
export async function lockedStock(ctx: Context, goodIds: readonly Id[]): Promise<ReadonlyMap<Id, Pieces>> {
  const lock = ctx.db.dataSource.options.type === "postgres" ? "FOR UPDATE" : "";
  const { rows } = await sql<{ good_id: Id; on_hand: number | string; reserved: number | string }>(
    ctx.db,
    `SELECT good_id, on_hand, reserved FROM stock_level WHERE good_id IN (:goodIds) ORDER BY good_id ${lock}`,
    { goodIds },
  );
  return new Map(
    rows.map((row) => [row.good_id, { onHand: Number(row.on_hand), reserved: Number(row.reserved) }] as const),
  );
}

/** Sets how many pieces there are of each of these goods, in one statement. None may be below what orders hold. */
export async function setManyOnHand(ctx: Context, onHand: ReadonlyMap<Id, number>): Promise<void> {
  if (onHand.size === 0) return;
  const levels = [...onHand];
  const values = levels.map((_, at) => `(:good${at}, :count${at}, 0, :now)`);
  const named = levels.flatMap(([goodId, count], at) => [
    [`good${at}`, goodId] as const,
    [`count${at}`, count] as const,
  ]);
  await sql(
    ctx.db,
    `INSERT INTO stock_level (good_id, on_hand, reserved, updated_at) VALUES ${values.join(", ")}
     ON CONFLICT (good_id) DO UPDATE SET on_hand = excluded.on_hand, updated_at = excluded.updated_at`,
    { ...Object.fromEntries(named), now: ctx.clock.now() },
  );
}

/**
 * The condition that pieces of a good can be ordered now, for another room's statement to filter by.
 * @param goodId what names the good there, such as `listing.good_id`; text of ours, never of a request
 */
export const hasPieces = (goodId: string): string =>
  `COALESCE((SELECT on_hand > reserved FROM stock_level WHERE stock_level.good_id = ${goodId}), FALSE)`;
