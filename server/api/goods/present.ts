import { presentMoment } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import type { ImportedRow } from "../../flows/importGoods.ts";
import type { Good, Listing } from "../../modules/catalog/index.ts";
import type { Channel } from "../../modules/channels/index.ts";
import type { Stock } from "../../modules/inventory/index.ts";
import { mediaPath, presentPicture } from "../media/present.ts";
import type { GoodInFull, GoodOnShelf, OwnGood, OwnGoodInFull } from "./verbs.ts";

export const presentOwnGood = ({ good, category }: OwnGood) => ({
  ...texts(good),
  cost: good.cost === null ? null : `${good.cost}`,
  category,
  variant_of: good.variantOf,
  options: [...good.options],
  cover: presentCover(good.cover),
  created_at: presentMoment(good.createdAt),
  updated_at: presentMoment(good.updatedAt),
});

export const presentOwnGoodInFull = ({ stock, listings, ...own }: OwnGoodInFull) => ({
  ...presentOwnGood(own),
  stock: presentPieces(stock),
  listings: listings.map(({ offer, channel }) => presentOwnListing(offer, channel)),
});

const texts = ({ id, merchantId, name, description, sku }: Good) => ({
  id,
  merchant_id: merchantId,
  name,
  description,
  sku,
});

export const presentOffered = ({ shown, channel, stock }: GoodOnShelf) => ({
  id: shown.goodId,
  merchant_id: shown.merchantId,
  name: shown.name,
  description: shown.description,
  sku: shown.sku,
  ...presentPrice(channel, shown.priceMin),
  price_max: `${shown.priceMax}`,
  has_variants: shown.variants > 0,
  cover: presentCover(shown.cover),
  stock,
});

export const presentGood = ({ good, channel, category, stock, prices, pictures, variants, listings }: GoodInFull) => ({
  ...texts(good),
  ...presentPrice(channel, Math.min(...prices)),
  price_max: `${Math.max(...prices)}`,
  has_variants: variants.length > 0,
  cover: presentCover(good.cover),
  stock,
  category,
  variant_of: good.variantOf,
  options: [...good.options],
  pictures: pictures.map(presentPicture),
  listings: listings.map(({ offer, channel: at }) => ({
    channel_id: at.id,
    ...presentPrice(at, offer.price),
    freight: `${offer.freight}`,
  })),
  variants: variants.map((variant) => ({
    id: variant.good.id,
    name: variant.good.name,
    sku: variant.good.sku,
    options: [...variant.good.options],
    price: `${variant.price}`,
    stock: variant.stock,
    pictures: variant.pictures.map(presentPicture),
  })),
});

export const presentListing = ({ goodId, ...listing }: Listing, channel: Channel) => ({
  good_id: goodId,
  ...presentOwnListing(listing, channel),
});

const presentOwnListing = (
  { price, freight, open }: Pick<Listing, "price" | "freight" | "open">,
  channel: Channel,
) => ({
  channel_id: channel.id,
  ...presentPrice(channel, price),
  freight: `${freight}`,
  open,
});

export const presentStock = (goodId: Id, stock: Stock) => ({ good_id: goodId, ...presentPieces(stock) });

const presentPieces = ({ onHand, reserved, available }: Stock) => ({ on_hand: onHand, reserved, available });

export function presentImport(rows: readonly ImportedRow[]) {
  const counted = (status: ImportedRow["status"]) => rows.filter((row) => row.status === status).length;
  return {
    rows: rows.length,
    created: counted("created"),
    updated: counted("updated"),
    unchanged: counted("unchanged"),
    failed: counted("failed"),
    data: rows.map(({ goodId, ...row }) => ({ ...row, good_id: goodId })),
  };
}

const presentCover = (hash: string | null): string | null => (hash === null ? null : mediaPath(hash));

const presentPrice = ({ code, currency }: Channel, price: number) => ({ channel: code, price: `${price}`, currency });
