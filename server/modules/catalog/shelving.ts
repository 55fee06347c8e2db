import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";

/**
 * Puts main goods on the shelf of each channel that has them or a variant of them for sale, at the prices of now, and
 * takes them off the others. The counters of channels move with them. The catalogue is open for change.
 */
export async function shelve(ctx: Context, mainIds: readonly Id[]): Promise<void> {
  if (mainIds.length === 0) return;
  const before = await shownOn(ctx, mainIds);
  await sql(
    ctx.db,
    `INSERT INTO shelf (channel_id, good_id, merchant_id, category_id, name_key, price_min, price_max, variants)
     SELECT listing.channel_id, good.id, good.merchant_id, good.category_id, good.name_key,
       min(listing.price), max(listing.price), sum(CASE WHEN listing.good_id = good.id THEN 0 ELSE 1 END)
     FROM listing JOIN good ON good.id = listing.main_id WHERE listing.main_id IN (:mainIds) AND listing.open
     GROUP BY listing.channel_id, good.id, good.merchant_id, good.category_id, good.name_key
     ON CONFLICT (channel_id, good_id) DO UPDATE SET category_id = excluded.category_id, name_key = excluded.name_key,
       price_min = excluded.price_min, price_max = excluded.price_max, variants = excluded.variants`,
    { mainIds },
  );
  await sql(
    ctx.db,
    `DELETE FROM shelf WHERE good_id IN (:mainIds) AND NOT EXISTS (SELECT 1 FROM listing
       WHERE listing.main_id = shelf.good_id AND listing.channel_id = shelf.channel_id AND listing.open)`,
    { mainIds },
  );
  await count(ctx, before, await shownOn(ctx, mainIds));
}

/** How many of these goods each channel shows. */
async function shownOn(ctx: Context, mainIds: readonly Id[]): Promise<ReadonlyMap<Id, number>> {
  const { rows } = await sql<{ channel_id: Id; n: number | string }>(
    ctx.db,
    "SELECT channel_id, count(*) AS n FROM shelf WHERE good_id IN (:mainIds) GROUP BY channel_id",
    { mainIds },
  );
  return new Map(rows.map(({ channel_id, n }) => [channel_id, Number(n)]));
}

/** Moves the counters of channels, in the order of their ids: whoever locks rows in one order never waits in a circle. */
async function count(ctx: Context, before: ReadonlyMap<Id, number>, after: ReadonlyMap<Id, number>): Promise<void> {
  const channelIds = [...new Set([...before.keys(), ...after.keys()])].sort();
  for (const channelId of channelIds) {
    const by = (after.get(channelId) ?? 0) - (before.get(channelId) ?? 0);
    if (by === 0) continue;
    await sql(ctx.db, "INSERT INTO listing_counter (channel_id, total) VALUES (:channelId, 0) ON CONFLICT DO NOTHING", {
      channelId,
    });
    await sql(ctx.db, "UPDATE listing_counter SET total = total + :by WHERE channel_id = :channelId", {
      channelId,
      by,
    });
  }
}
