import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";

/** A good as one channel offers it. */
export interface Offer {
  readonly goodId: Id;
  readonly channelId: Id;
  readonly merchantId: Id;
  readonly name: string;
  readonly description: string;
  readonly sku: string | null;
  /** What one piece costs the merchant, in minor units; for the merchant's eyes. */
  readonly cost: Minor | null;
  /** Minor units of the channel's currency. */
  readonly price: Minor;
  /** Of one piece, in minor units of the channel's currency. */
  readonly freight: Minor;
  readonly open: boolean;
}

interface OfferRow {
  good_id: Id;
  channel_id: Id;
  merchant_id: Id;
  name: string;
  description: string;
  sku: string | null;
  cost: number | string | null;
  price: number | string;
  freight: number | string;
  open: boolean | number;
}

/** All listings of these goods, closed ones too, in one statement; for each good in the order of channel ids. */
export async function offersOf(ctx: ReadContext, goodIds: readonly Id[]): Promise<readonly Offer[]> {
  const { rows } = await sql<OfferRow>(
    ctx.db,
    `SELECT listing.good_id, listing.channel_id, good.merchant_id, good.name, good.description, good.sku, good.cost,
       listing.price, listing.freight, listing.open
     FROM listing JOIN good ON good.id = listing.good_id
     WHERE listing.good_id IN (:goodIds) ORDER BY listing.good_id, listing.channel_id`,
    { goodIds },
  );
  return rows.map(offer);
}

/** The listings of these goods on one channel, closed ones too, by good id. */
export async function offersIn(
  ctx: ReadContext,
  channelId: Id,
  goodIds: readonly Id[],
): Promise<ReadonlyMap<Id, Offer>> {
  const offers = await offersOf(ctx, goodIds);
  return new Map(offers.filter((o) => o.channelId === channelId).map((o) => [o.goodId, o]));
}

const offer = (row: OfferRow): Offer => ({
  goodId: row.good_id,
  channelId: row.channel_id,
  merchantId: row.merchant_id,
  name: row.name,
  description: row.description,
  sku: row.sku,
  cost: row.cost === null ? null : Number(row.cost),
  price: Number(row.price),
  freight: Number(row.freight),
  open: Boolean(row.open),
});
