import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { mayManage, merchantsByIds, ownMerchant } from "../merchants/index.ts";
import { Good, Listing } from "./entities.ts";
import { catalogProblems } from "./problems.ts";

export interface NewGood {
  readonly merchantId: Id;
  readonly name: string;
  readonly description: string;
}

/**
 * Adds a good to the catalogue of a merchant the actor may act for. It is for sale once it is listed.
 * @throws merchant_not_found
 */
export async function createGood(ctx: Context, details: NewGood): Promise<Good> {
  await ownMerchant(ctx, details.merchantId);
  const now = ctx.clock.now();
  const good = ctx.db.create(Good, { id: newId(), ...details, createdAt: now, updatedAt: now });
  await ctx.db.insert(Good, good);
  return good;
}

/** @throws good_not_found */
async function goodById(ctx: ReadContext, id: Id): Promise<Good> {
  const good = await ctx.db.findOneBy(Good, { id });
  if (good === null) throw catalogProblems.good_not_found();
  return good;
}

/**
 * A good of a merchant the actor may act for. Another tenant's is answered like an unknown one.
 * @throws good_not_found
 */
export async function ownGood(ctx: ReadContext, id: Id): Promise<Good> {
  const good = await goodById(ctx, id);
  const merchant = (await merchantsByIds(ctx, [good.merchantId])).get(good.merchantId);
  if (merchant === undefined || !mayManage(ctx.actor, merchant)) throw catalogProblems.good_not_found();
  return good;
}

/** What a merchant wants of a listing. */
export interface ListingWish {
  readonly goodId: Id;
  readonly channelId: Id;
  /** Minor units of the channel's currency. */
  readonly price: Minor;
  readonly open: boolean;
}

/**
 * Lists a good on a channel, or changes its price there, or closes it. The channel's counter moves with it.
 * @throws good_not_found
 */
export async function putListing(ctx: Context, wish: ListingWish): Promise<Listing> {
  await ownGood(ctx, wish.goodId);
  const listing = ctx.db.create(Listing, { ...wish, updatedAt: ctx.clock.now() });
  const { goodId, channelId, price, open, updatedAt } = listing;
  // Writing the price locks the row, so whoever then turns it is alone.
  await sql(
    ctx.db,
    `INSERT INTO listing (good_id, channel_id, price, open, updated_at)
     VALUES (:goodId, :channelId, :price, FALSE, :updatedAt)
     ON CONFLICT (good_id, channel_id) DO UPDATE SET price = excluded.price, updated_at = excluded.updated_at`,
    { goodId, channelId, price, updatedAt },
  );
  const { affected: turned } = await sql(
    ctx.db,
    "UPDATE listing SET open = :open WHERE good_id = :goodId AND channel_id = :channelId AND open <> :open",
    { goodId, channelId, open },
  );
  if (turned === 1) await count(ctx, channelId, open ? 1 : -1);
  return listing;
}

async function count(ctx: Context, channelId: Id, by: 1 | -1): Promise<void> {
  await sql(ctx.db, "INSERT INTO listing_counter (channel_id, total) VALUES (:channelId, 0) ON CONFLICT DO NOTHING", {
    channelId,
  });
  await sql(ctx.db, "UPDATE listing_counter SET total = total + :by WHERE channel_id = :channelId", { channelId, by });
}
