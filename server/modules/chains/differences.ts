import { In, IsNull, Not } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { insertRows } from "../../core/db/insertRows.ts";
import { sql } from "../../core/db/sql.ts";
import { newId } from "../../core/ids.ts";
import { ChainDifference } from "./entities.ts";

/** Two that should say the same and do not, as the sweep found them. */
export type NewDifference = Pick<
  ChainDifference,
  "what" | "subject" | "expected" | "actual" | "height" | "rescanNext" | "rescanTo"
>;

/** Keeps differences; one that is open already is seen once more and says what it is now. */
export async function noteDifferences(ctx: Context, chainId: number, found: readonly NewDifference[]): Promise<void> {
  const now = ctx.clock.now();
  await insertRows(
    ctx.db,
    "chain_difference",
    found.map(({ what, subject, expected, actual, height, rescanNext, rescanTo }) => ({
      ...{ id: newId(), chain_id: chainId, what, subject, expected, actual, height },
      ...{ found_at: now, last_seen_at: now, resolved_at: null, rescan_next: rescanNext, rescan_to: rescanTo },
    })),
    `ON CONFLICT (chain_id, what, subject) WHERE resolved_at IS NULL DO UPDATE SET expected = excluded.expected,
       actual = excluded.actual, height = excluded.height, last_seen_at = excluded.last_seen_at`,
  );
}

/** Differences that were not there any more when they were looked for again. */
export async function resolveDifferences(ctx: Context, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await ctx.db.update(ChainDifference, { id: In([...ids]) }, { resolvedAt: ctx.clock.now() });
}

/**
 * Blocks `from` to `to` were read again: re-scans that stand there go on behind them, or are over.
 * @returns ids of those that are over
 */
export async function blocksReadAgain(
  ctx: Context,
  chainId: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>(
    ctx.db,
    `UPDATE chain_difference SET rescan_next = NULL WHERE chain_id = :chainId AND resolved_at IS NULL
       AND rescan_next >= :from AND rescan_next <= :to AND rescan_to <= :to RETURNING id`,
    { chainId, from, to },
  );
  await sql(
    ctx.db,
    `UPDATE chain_difference SET rescan_next = :to + 1 WHERE chain_id = :chainId AND resolved_at IS NULL
       AND rescan_next >= :from AND rescan_next <= :to`,
    { chainId, from, to },
  );
  return rows.map(({ id }) => id);
}

/** The blocks that are to be read again next, for the difference that waits for it longest; undefined where none does. */
export async function nextRescan(ctx: ReadContext, chainId: number): Promise<{ from: number; to: number } | undefined> {
  const oldest = await ctx.db.findOne(ChainDifference, {
    where: { chainId, resolvedAt: IsNull(), rescanNext: Not(IsNull()) },
    order: { foundAt: "ASC", id: "ASC" },
  });
  return oldest && oldest.rescanNext !== null ? { from: oldest.rescanNext, to: oldest.rescanTo } : undefined;
}

/** Differences that are there still, the oldest first. */
export const openDifferences = (ctx: ReadContext, chainId: number, most = 1_000): Promise<ChainDifference[]> =>
  ctx.db.find(ChainDifference, {
    where: { chainId, resolvedAt: IsNull() },
    order: { foundAt: "ASC", id: "ASC" },
    take: most,
  });

/** How many differences are there still. */
export const countDifferences = (ctx: ReadContext, chainId: number): Promise<number> =>
  ctx.db.countBy(ChainDifference, { chainId, resolvedAt: IsNull() });
