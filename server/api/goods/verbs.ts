import type { Context, ReadContext } from "../../core/db/context.ts";
import type { PageRequest, Slice } from "../../core/http/paging.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import * as catalog from "../../modules/catalog/index.ts";
import {
  catalogProblems,
  type Good,
  type GoodChange,
  type Offer,
  type Shown,
  type Sort,
} from "../../modules/catalog/index.ts";
import { type Channel, channelsByIds, openChannel } from "../../modules/channels/index.ts";
import { type Stock, stockByIds } from "../../modules/inventory/index.ts";
import { type Picture, picturesOf } from "../../modules/media/index.ts";
import { ownMerchant } from "../../modules/merchants/index.ts";

/** A main good as a channel shows it, with the pieces of it and its variants that can be ordered there. */
export interface GoodOnShelf {
  readonly shown: Shown;
  readonly channel: Channel;
  readonly stock: number;
}

/** What of a channel somebody asks for, as the address says it. */
export interface GoodsQuestion extends PageRequest {
  readonly channel?: string | undefined;
  readonly q?: string | undefined;
  readonly sort?: Sort | undefined;
  readonly category?: string | undefined;
  readonly merchant_id?: Id | undefined;
  readonly price_min?: Minor | undefined;
  readonly price_max?: Minor | undefined;
  readonly in_stock?: boolean | undefined;
}

/**
 * A page of what a channel sells.
 * @throws channel_not_found, category_not_found, cursor_invalid
 */
export async function goodsOn(ctx: ReadContext, question: GoodsQuestion): Promise<Slice<GoodOnShelf>> {
  const { channel: code, q, category, merchant_id, price_min, price_max, in_stock, ...page } = question;
  const channel = await openChannel(ctx, code);
  const categoryIds = category === undefined ? undefined : await catalog.categoryWithin(ctx, category);
  const slice = await catalog.shelf(ctx, {
    ...{ ...page, channelId: channel.id, question: q, categoryIds, merchantId: merchant_id },
    ...{ priceMin: price_min, priceMax: price_max, inStock: in_stock },
  });
  const mains = slice.rows.filter(({ variants }) => variants > 0).map(({ goodId }) => goodId);
  const families = await catalog.openUnder(ctx, channel.id, mains);
  const idsOf = ({ goodId }: Shown) => families.get(goodId) ?? [goodId];
  const stock = await stockByIds(ctx, slice.rows.flatMap(idsOf));
  const rows = slice.rows.map((shown) => ({ shown, channel, stock: available(stock, idsOf(shown)) }));
  return { ...slice, rows };
}

/** One good on a channel, with its variants there and its own price on each channel. */
export interface GoodInFull {
  readonly good: Good;
  readonly channel: Channel;
  readonly category: string | null;
  /** Pieces of it and its variants that can be ordered on the channel. */
  readonly stock: number;
  /** On the channel: the good's own price if it is listed there, and those of its variants. */
  readonly prices: readonly Minor[];
  readonly pictures: readonly Picture[];
  readonly variants: readonly {
    readonly good: Good;
    readonly price: Minor;
    readonly stock: number;
    readonly pictures: readonly Picture[];
  }[];
  readonly listings: readonly { readonly offer: Offer; readonly channel: Channel }[];
}

/**
 * One good on a channel, or without a code on the oldest that has it or a variant of it.
 * @throws good_not_found also when no open channel has it
 */
export async function goodOn(ctx: ReadContext, id: Id, code: string | undefined): Promise<GoodInFull> {
  const [good, ...others] = await catalog.goodWithVariants(ctx, id);
  const family = [good, ...others].map((one) => one.id);
  const offers = (await catalog.offersOf(ctx, family)).filter(({ open }) => open);
  const channels = await channelsByIds(ctx, [...new Set(offers.map(({ channelId }) => channelId))]);
  const found = offers
    .flatMap((offer) => {
      const channel = channels.get(offer.channelId);
      return channel?.open ? [{ offer, channel }] : [];
    })
    .sort((a, b) => (a.channel.id < b.channel.id ? -1 : a.channel.id > b.channel.id ? 1 : 0));
  const channel = found.find((one) => code === undefined || one.channel.code === code)?.channel;
  if (channel === undefined) throw catalogProblems.good_not_found();
  const here = new Map(found.filter((one) => one.channel === channel).map(({ offer }) => [offer.goodId, offer.price]));
  const stock = await stockByIds(ctx, [...here.keys()]);
  const pictures = await picturesOf(ctx, family);
  const category = good.categoryId === null ? null : await catalog.categoryById(ctx, good.categoryId);
  return {
    ...{ good, channel, category: category?.slug ?? null, prices: [...here.values()] },
    stock: available(stock, [...here.keys()]),
    pictures: pictures.get(id) ?? [],
    variants: others.flatMap((variant) => {
      const price = here.get(variant.id);
      if (price === undefined) return [];
      const own = pictures.get(variant.id) ?? [];
      return [{ good: variant, price, stock: available(stock, [variant.id]), pictures: own }];
    }),
    listings: found.filter(({ offer }) => offer.goodId === id),
  };
}

const available = (stock: ReadonlyMap<Id, Stock>, goodIds: readonly Id[]): number =>
  goodIds.reduce((sum, goodId) => sum + (stock.get(goodId)?.available ?? 0), 0);

/** A good as its merchant sees it. */
export interface OwnGood {
  readonly good: Good;
  /** The category's slug. */
  readonly category: string | null;
}

/** The same with all its listings, closed ones too, and its stock. */
export interface OwnGoodInFull extends OwnGood {
  readonly stock: Stock;
  readonly listings: readonly { readonly offer: Offer; readonly channel: Channel }[];
}

/** What a merchant says of a good, its category by slug. */
export interface GoodWish extends Omit<GoodChange, "categoryId"> {
  readonly category?: string | null | undefined;
}

/** Adds a good. @throws category_not_found, and what `catalog.createGood` throws */
export async function addGood(
  ctx: Context,
  merchantId: Id,
  wish: GoodWish & { readonly name: string },
): Promise<OwnGood> {
  const change = await changeOf(ctx, wish);
  return ownGoodOf(ctx, await catalog.createGood(ctx, merchantId, { ...change, name: wish.name }));
}

/** Changes a good. @throws category_not_found, and what `catalog.changeGood` throws */
export const amendGood = async (ctx: Context, id: Id, wish: GoodWish): Promise<OwnGood> =>
  ownGoodOf(ctx, await catalog.changeGood(ctx, id, await changeOf(ctx, wish)));

async function changeOf(ctx: ReadContext, { category, ...wish }: GoodWish): Promise<GoodChange> {
  if (category === undefined) return wish;
  return { ...wish, categoryId: category === null ? null : (await catalog.categoryBySlug(ctx, category)).id };
}

async function ownGoodOf(ctx: ReadContext, good: Good): Promise<OwnGood> {
  const category = good.categoryId === null ? null : await catalog.categoryById(ctx, good.categoryId);
  return { good, category: category?.slug ?? null };
}

/**
 * A page of a merchant's own goods.
 * @throws merchant_not_found
 */
export async function goodsOfMerchant(
  ctx: ReadContext,
  merchantId: Id,
  page: PageRequest,
): Promise<Slice<OwnGoodInFull>> {
  await ownMerchant(ctx, merchantId);
  const slice = await catalog.goodsOf(ctx, merchantId, page);
  const goodIds = slice.rows.map(({ id }) => id);
  const offers = await catalog.offersOf(ctx, goodIds);
  const channels = await channelsByIds(ctx, [...new Set(offers.map(({ channelId }) => channelId))]);
  const stock = await stockByIds(ctx, goodIds);
  const slugs = new Map((await catalog.categories(ctx)).map(({ id, slug }) => [id, slug]));
  const byGood = Map.groupBy(offers, ({ goodId }) => goodId);
  const rows = slice.rows.map((good) => ({
    good,
    category: good.categoryId === null ? null : (slugs.get(good.categoryId) ?? null),
    stock: stock.get(good.id) ?? { onHand: 0, reserved: 0, available: 0 },
    listings: (byGood.get(good.id) ?? []).flatMap((offer) => {
      const channel = channels.get(offer.channelId);
      return channel === undefined ? [] : [{ offer, channel }];
    }),
  }));
  return { ...slice, rows };
}
