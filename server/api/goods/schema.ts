import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { count, MinorAmount, Moment, Page, text, Uuid } from "../../core/http/schemas.ts";
import { HIGHEST_FREIGHT, HIGHEST_PRICE } from "../../modules/catalog/index.ts";
import { ChannelCode } from "../channels/schema.ts";

/** More pieces of one good than any warehouse has. */
const MOST_PIECES = 1_000_000_000;

const Price = MinorAmount.refine(
  (price) => price >= 1 && price <= HIGHEST_PRICE,
  `must be from 1 to ${HIGHEST_PRICE} minor units`,
).meta({ override: { type: "string", pattern: "^[1-9][0-9]{0,10}$" } });

const Freight = MinorAmount.refine(
  (freight) => freight <= HIGHEST_FREIGHT,
  `must be at most ${HIGHEST_FREIGHT} minor units`,
).meta({ override: { type: "string", pattern: "^(0|[1-9][0-9]{0,8})$" } });

const Cost = MinorAmount.refine((cost) => cost <= HIGHEST_PRICE, `must be at most ${HIGHEST_PRICE} minor units`).meta({
  override: { type: "string", pattern: "^(0|[1-9][0-9]{0,10})$" },
});

const Sku = text({ max: 64 });

const channel = ChannelCode.optional().meta({ description: "The oldest open channel unless said" });

export const CreateGood = z
  .strictObject({
    merchant_id: Uuid,
    name: text({ max: 200 }),
    description: text({ min: 0, max: 5_000, lines: true }),
    sku: Sku.optional().meta({ description: "Your own number for it; unique among your goods" }),
    cost: Cost.optional().meta({ description: "What one piece costs you; nobody else sees it" }),
  })
  .meta({ id: "CreateGood" });
const own = {
  sku: z.string().nullable(),
  cost: MinorAmount.nullable(),
};
export const CreatedGood = z
  .strictObject({ id: Uuid, merchant_id: Uuid, name: z.string(), description: z.string(), ...own, created_at: Moment })
  .meta({ id: "CreatedGood" });

const offered = {
  id: Uuid,
  merchant_id: Uuid,
  name: z.string(),
  description: z.string(),
  price: MinorAmount,
  currency: z.string(),
  channel: ChannelCode,
  stock: z.int().min(0).meta({ description: "Pieces that can be ordered now" }),
};

export const OfferedGood = z.strictObject(offered).meta({ id: "OfferedGood" });
export const GoodsList = listOf(OfferedGood);
export const GoodsPage = Page.extend({ channel });
export const OnChannel = z.strictObject({ channel });

export const GoodView = z
  .strictObject({
    ...offered,
    listings: z.array(
      z.strictObject({
        channel_id: Uuid,
        channel: ChannelCode,
        price: MinorAmount,
        currency: z.string(),
        freight: MinorAmount.meta({ description: "What sending one piece adds to an order's freight" }),
      }),
    ),
  })
  .meta({ id: "Good", description: "On one channel, with its prices on all that have it" });

export const PutListing = z
  .strictObject({
    price: Price,
    freight: Freight.default(0).meta({
      description: "What sending one piece adds to an order's freight; 0 unless said",
    }),
    open: z.boolean(),
  })
  .meta({ id: "PutListing" });
export const ListingView = z
  .strictObject({
    good_id: Uuid,
    channel_id: Uuid,
    channel: ChannelCode,
    price: MinorAmount,
    currency: z.string(),
    freight: MinorAmount,
    open: z.boolean(),
  })
  .meta({ id: "Listing" });

export const PutStock = z.strictObject({ on_hand: count(0, MOST_PIECES) }).meta({ id: "PutStock" });
export const StockView = z
  .strictObject({ good_id: Uuid, on_hand: z.int(), reserved: z.int(), available: z.int() })
  .meta({ id: "Stock" });

export const ById = z.strictObject({ id: Uuid });
export const ByIdAndChannel = z.strictObject({ id: Uuid, channel_id: Uuid });
