import { In } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { Listing } from "./entities.ts";
import { openCatalogue, ownGood } from "./service.ts";
import { shelve } from "./shelving.ts";

/** What a merchant wants of a listing. */
export interface ListingWish {
  readonly goodId: Id;
  readonly channelId: Id;
  /** The good it is shown under: itself, or what it is a variant of. */
  readonly mainId: Id;
  /** Minor units of the channel's currency. */
  readonly price: Minor;
  /** Of one piece, in minor units of the channel's currency. */
  readonly freight: Minor;
  readonly open: boolean;
}

/**
 * Lists a good on a channel, or changes its price there, or closes it. The channel's shelf changes with it.
 * @throws good_not_found
 */
export async function putListing(ctx: Context, wish: Omit<ListingWish, "mainId">): Promise<Listing> {
  const { merchantId } = await ownGood(ctx, wish.goodId);
  await openCatalogue(ctx, merchantId);
  const good = await ownGood(ctx, wish.goodId);
  const [listing] = await putListings(ctx, [{ ...wish, mainId: good.variantOf ?? good.id }]);
  if (listing === undefined) throw new Error("a listing was put, and there is none");
  await shelve(ctx, [listing.mainId]);
  return listing;
}

/**
 * Writes many listings of one catalogue, which is open for change, in one statement; each is named once. The goods
 * they are shown under are to be shelved again.
 */
export async function putListings(ctx: Context, wishes: readonly ListingWish[]): Promise<readonly Listing[]> {
  const updatedAt = ctx.clock.now();
  const listings = wishes.map((wish) => ctx.db.create(Listing, { ...wish, updatedAt }));
  if (listings.length > 0) await ctx.db.upsert(Listing, listings, ["goodId", "channelId"]);
  return listings;
}

/** All listings of these goods, closed ones too. */
export const listingsOf = (ctx: ReadContext, goodIds: readonly Id[]): Promise<Listing[]> =>
  ctx.db.findBy(Listing, { goodId: In([...new Set(goodIds)]) });
