import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { count, MinorAmount, Moment, Page, Uuid } from "../../core/http/schemas.ts";
import { ChannelCode } from "../channels/schema.ts";
import { Cost, Description, Freight, MOST_PIECES, Name, Price, Sku } from "./fields.ts";

const channel = ChannelCode.optional().meta({ description: "The oldest open channel unless said" });

export const CreateGood = z
  .strictObject({
    merchant_id: Uuid,
    name: Name,
    description: Description,
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

export const OfMerchant = z.strictObject({ merchant_id: Uuid });
export const ImportReport = z
  .strictObject({
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    failed: z.int(),
    data: z.array(
      z.strictObject({
        row: z.int().meta({ description: "As a spreadsheet numbers it: the names of the columns are row 1" }),
        status: z.enum(["created", "updated", "unchanged", "failed"]),
        sku: z.string(),
        good_id: Uuid.nullable(),
        code: z.string().nullable().meta({ description: "Why it failed; see /docs/errors" }),
        detail: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "ImportReport" });
