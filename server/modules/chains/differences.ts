import { In, IsNull } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { insertRows } from "../../core/db/insertRows.ts";
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

/** How far the re-scan that a difference leads to has come; null when it is over. */
export async function rescanned(ctx: Context, id: string, next: number | null): Promise<void> {
  await ctx.db.update(ChainDifference, { id }, { rescanNext: next });
}

/** Differences that are there still, the oldest first. */
export const openDifferences = (ctx: ReadContext, chainId: number, most = 1_000): Promise<ChainDifference[]> =>
  ctx.db.find(ChainDifference, {
    where: { chainId, resolvedAt: IsNull() },
    order: { foundAt: "ASC", id: "ASC" },
    take: most,
  });
