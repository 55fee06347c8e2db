import { In } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { Listing } from "./entities.ts";
import { openCatalogue, ownGood } from "./service.ts";

/** What a merchant wants of a listing. */
export interface ListingWish {
  readonly goodId: Id;
  readonly channelId: Id;
  /** Minor units of the channel's currency. */
  readonly price: Minor;
  /** Of one piece, in minor units of the channel's currency. */
  readonly freight: Minor;
  readonly open: boolean;
}

/**
 * Lists a good on a channel, or changes its price there, or closes it. The channel's counter moves with it.
 * @throws good_not_found
 */
export async function putListing(ctx: Context, wish: ListingWish): Promise<Listing> {
  const { merchantId } = await ownGood(ctx, wish.goodId);
  await openCatalogue(ctx, merchantId);
  const [listing] = await putListings(ctx, [wish]);
  if (listing === undefined) throw new Error("a listing was put, and there is none");
  return listing;
}

/**
 * Does the same for many listings of one catalogue, which is open for change; each is named once.
 * @returns the listings, in the order of the wishes
 */
export async function putListings(ctx: Context, wishes: readonly ListingWish[]): Promise<readonly Listing[]> {
  if (wishes.length === 0) return [];
  const updatedAt = ctx.clock.now();
  const listings = wishes.map((wish) => ctx.db.create(Listing, { ...wish, updatedAt }));
  const before = await listingsOf(
    ctx,
    wishes.map(({ goodId }) => goodId),
  );
  const wasOpen = new Set(before.filter(({ open }) => open).map(keyOf));
  await ctx.db.upsert(Listing, listings, ["goodId", "channelId"]);
  const turned = listings.filter((listing) => listing.open !== wasOpen.has(keyOf(listing)));
  await count(ctx, turned);
  return listings;
}

/** All listings of these goods, closed ones too. */
export const listingsOf = (ctx: ReadContext, goodIds: readonly Id[]): Promise<Listing[]> =>
  ctx.db.findBy(Listing, { goodId: In([...new Set(goodIds)]) });

const keyOf = ({ goodId, channelId }: Listing): string => `${goodId} ${channelId}`;

/** Moves the counters of channels, in the order of their ids: whoever locks rows in one order never waits in a circle. */
async function count(ctx: Context, turned: readonly Listing[]): Promise<void> {
  const changes = new Map<Id, number>();
  for (const { channelId, open } of turned) changes.set(channelId, (changes.get(channelId) ?? 0) + (open ? 1 : -1));
  for (const [channelId, by] of [...changes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await sql(ctx.db, "INSERT INTO listing_counter (channel_id, total) VALUES (:channelId, 0) ON CONFLICT DO NOTHING", {
      channelId,
    });
    await sql(ctx.db, "UPDATE listing_counter SET total = total + :by WHERE channel_id = :channelId", {
      channelId,
      by,
    });
  }
}
