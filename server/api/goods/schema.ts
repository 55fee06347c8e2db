import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { count, MinorAmount, Moment, Page, text, Uuid } from "../../core/http/schemas.ts";
import { SORTS } from "../../modules/catalog/index.ts";
import { ChannelCode } from "../channels/schema.ts";
import { PictureView } from "../media/schema.ts";
import { Cost, Description, Freight, MOST_PIECES, Name, Options, Price, Sku, Slug } from "./fields.ts";

const channel = ChannelCode.optional().meta({ description: "The oldest open channel unless said" });

const details = {
  sku: Sku.nullable().meta({ description: "Your own number for it; unique among your goods" }),
  cost: Cost.nullable().meta({ description: "What one piece costs you, in minor units; nobody else sees it" }),
  category: Slug.nullable(),
  variant_of: Uuid.nullable().meta({ description: "The main good that this one is a kind of" }),
  options: Options.meta({ description: "What sets a variant apart from its siblings; none for a main good" }),
};
const optional = z.strictObject(details).partial().shape;

export const CreateGood = z
  .strictObject({ merchant_id: Uuid, name: Name, description: Description, ...optional })
  .meta({ id: "CreateGood" });
export const ChangeGood = z
  .strictObject({ name: Name.optional(), description: Description.optional(), ...optional })
  .meta({ id: "ChangeGood" });

const OptionView = z.strictObject({ name: z.string(), value: z.string() }).meta({ id: "GoodOption" });
const own = {
  id: Uuid,
  merchant_id: Uuid,
  name: z.string(),
  description: z.string(),
  sku: z.string().nullable(),
  cost: MinorAmount.nullable(),
  category: Slug.nullable(),
  variant_of: Uuid.nullable(),
  options: z.array(OptionView),
  cover: z.string().nullable().meta({ description: "Where the picture that lists show is" }),
  created_at: Moment,
  updated_at: Moment,
};
export const CreatedGood = z.strictObject(own).meta({ id: "CreatedGood" });

const price = { channel: ChannelCode, price: MinorAmount, currency: z.string() };
const freight = MinorAmount.meta({ description: "What sending one piece adds to an order's freight" });

const offered = {
  id: Uuid,
  merchant_id: Uuid,
  name: z.string(),
  description: z.string(),
  sku: z.string().nullable(),
  ...price,
  price: MinorAmount.meta({ description: "The lowest, where there are variants" }),
  price_max: MinorAmount.meta({ description: "The highest, where there are variants" }),
  has_variants: z.boolean(),
  cover: z.string().nullable().meta({ description: "Where its picture is" }),
  stock: z.int().min(0).meta({ description: "Pieces that can be ordered now, those of variants too" }),
};

export const OfferedGood = z.strictObject(offered).meta({ id: "OfferedGood" });
export const GoodsList = listOf(OfferedGood);

const Amount = MinorAmount.optional();
export const GoodsPage = Page.extend({
  channel,
  q: text({ max: 100 }).optional().meta({ description: "Words it has; the last one may be a beginning" }),
  sort: z
    .enum(SORTS)
    .optional()
    .meta({ description: "relevance where words are asked for, and only there; oldest unless said" }),
  category: Slug.optional().meta({ description: "And those below it" }),
  merchant_id: Uuid.optional(),
  price_min: Amount.meta({ description: "In minor units of the channel's currency" }),
  price_max: Amount,
  in_stock: z.literal("true").transform(Boolean).optional(),
}).refine(({ sort, q }) => sort !== "relevance" || q !== undefined, {
  path: ["sort"],
  message: "can be relevance only where q is said",
});
export const OnChannel = z.strictObject({ channel });

const Variant = z
  .strictObject({
    id: Uuid,
    name: z.string(),
    sku: z.string().nullable(),
    options: z.array(OptionView),
    price: MinorAmount,
    stock: z.int().min(0),
    pictures: z.array(PictureView),
  })
  .meta({ id: "Variant" });

export const GoodView = z
  .strictObject({
    ...offered,
    category: Slug.nullable(),
    variant_of: Uuid.nullable(),
    options: z.array(OptionView),
    pictures: z.array(PictureView),
    listings: z.array(z.strictObject({ channel_id: Uuid, ...price, freight })),
    variants: z.array(Variant).meta({ description: "That this channel sells" }),
  })
  .meta({ id: "Good", description: "On one channel, with its own prices on all that have it" });

export const PutListing = z
  .strictObject({
    price: Price,
    freight: Freight.default(0).meta({
      description: "What sending one piece adds to an order's freight; 0 unless said",
    }),
    open: z.boolean(),
  })
  .meta({ id: "PutListing" });
const listing = { channel_id: Uuid, ...price, freight, open: z.boolean() };
export const ListingView = z.strictObject({ good_id: Uuid, ...listing }).meta({ id: "Listing" });

export const PutStock = z.strictObject({ on_hand: count(0, MOST_PIECES) }).meta({ id: "PutStock" });
const stock = { on_hand: z.int(), reserved: z.int(), available: z.int() };
export const StockView = z.strictObject({ good_id: Uuid, ...stock }).meta({ id: "Stock" });

export const OwnGoodsList = listOf(
  z
    .strictObject({ ...own, stock: z.strictObject(stock), listings: z.array(z.strictObject(listing)) })
    .meta({ id: "OwnGoodInFull" }),
);
export const ById = z.strictObject({ id: Uuid });
export const ByIdAndChannel = z.strictObject({ id: Uuid, channel_id: Uuid });

export const OfMerchant = z.strictObject({ merchant_id: Uuid });
export const ExportPart = OfMerchant.extend({
  after: Uuid.optional().meta({ description: "The last good of the file before, as its Link says" }),
});
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
