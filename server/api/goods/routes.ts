import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { download, FileAnswer } from "../../core/http/files.ts";
import { presentList } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { Bytes, Page } from "../../core/http/schemas.ts";
import { catalogProblems, ownGood, putListing } from "../../modules/catalog/index.ts";
import { channelById, channelProblems } from "../../modules/channels/index.ts";
import { inventoryProblems, setOnHand } from "../../modules/inventory/index.ts";
import { merchantProblems } from "../../modules/merchants/index.ts";
import { exportFile } from "./exportFile.ts";
import { importFile } from "./importFile.ts";
import {
  presentGood,
  presentImport,
  presentListing,
  presentOffered,
  presentOwnGood,
  presentOwnGoodInFull,
  presentStock,
} from "./present.ts";
import {
  ById,
  ByIdAndChannel,
  ChangeGood,
  CreatedGood,
  CreateGood,
  ExportPart,
  GoodsList,
  GoodsPage,
  GoodView,
  ImportReport,
  ListingView,
  OfMerchant,
  OnChannel,
  OwnGoodsList,
  PutListing,
  PutStock,
  StockView,
} from "./schema.ts";
import { addGood, amendGood, goodOn, goodsOfMerchant, goodsOn } from "./verbs.ts";

/** A file of goods may have two megabytes. */
const MOST_CSV_BYTES = 2 * 1_024 * 1_024;

/** What may be wrong with the place of a good among others. */
const PLACES = [
  catalogProblems.category_not_found,
  catalogProblems.good_not_found,
  catalogProblems.variant_refused,
  catalogProblems.variant_taken,
];

export const goodsRoutes = (house: House): Door =>
  door(house, "goods")
    .get(
      "/goods",
      {
        summary: "What a channel sells",
        auth: "none",
        limit: "reads",
        query: GoodsPage,
        answers: [200, GoodsList],
        problems: [
          channelProblems.channel_not_found,
          catalogProblems.category_not_found,
          problems.cursor_invalid,
          problems.use_cursor,
        ],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => goodsOn(ctx, c.input.query));
        return presentList(slice, c.input.query, presentOffered);
      },
    )
    .get(
      "/goods/export",
      {
        summary: "Your merchant's goods as a CSV file that can be imported again; Link names the next file",
        auth: "user",
        limit: "reads",
        query: ExportPart,
        answers: [200, download("text/csv")],
        problems: [merchantProblems.merchant_not_found],
      },
      async (c) => {
        const { merchant_id: merchantId, after } = c.input.query;
        const { content, next } = await house.db.readAtOneMoment(c.actor, (ctx) =>
          exportFile(ctx, merchantId, MOST_CSV_BYTES, after),
        );
        const address = `/api/v1/goods/export?merchant_id=${merchantId}&after=${next}`;
        return new FileAnswer("text/csv; charset=utf-8", content, {
          name: "goods.csv",
          next: next === undefined ? undefined : address,
        });
      },
    )
    .get(
      "/goods/:id",
      {
        summary: "One good, its stock and its price on each channel",
        auth: "none",
        limit: "reads",
        params: ById,
        query: OnChannel,
        answers: [200, GoodView],
        problems: [catalogProblems.good_not_found],
      },
      async (c) => {
        const { params, query } = c.input;
        return presentGood(await house.db.read(c.actor, (ctx) => goodOn(ctx, params.id, query.channel)));
      },
    )
    .postOnce(
      "/goods",
      {
        summary: "Add a good to the catalogue of your merchant",
        auth: "user",
        limit: "writes",
        idempotent: true,
        body: CreateGood,
        answers: [201, CreatedGood],
        problems: [merchantProblems.merchant_not_found, catalogProblems.sku_taken, ...PLACES],
        present: presentOwnGood,
      },
      (c) => {
        const { merchant_id: merchantId, variant_of: variantOf, ...wish } = c.input.body;
        return house.db.write(c.actor, (ctx) => addGood(ctx, merchantId, { ...wish, variantOf }));
      },
    )
    .patch(
      "/goods/:id",
      {
        summary: "Change what is said of your good",
        auth: "user",
        limit: "writes",
        params: ById,
        body: ChangeGood,
        answers: [200, CreatedGood],
        problems: [catalogProblems.sku_taken, ...PLACES],
      },
      async (c) => {
        const { variant_of: variantOf, ...wish } = c.input.body;
        const change = { ...wish, variantOf };
        return presentOwnGood(await house.db.write(c.actor, (ctx) => amendGood(ctx, c.input.params.id, change)));
      },
    )
    .get(
      "/merchants/:id/goods",
      {
        summary: "All goods of your merchant, in the order they came in, with listings and stock",
        auth: "user",
        limit: "reads",
        params: ById,
        query: Page,
        answers: [200, OwnGoodsList],
        problems: [merchantProblems.merchant_not_found, problems.cursor_invalid, problems.use_cursor],
      },
      async (c) => {
        const { params, query } = c.input;
        const slice = await house.db.read(c.actor, (ctx) => goodsOfMerchant(ctx, params.id, query));
        return presentList(slice, query, presentOwnGoodInFull);
      },
    )
    .postOnce(
      "/goods/import",
      {
        summary: "Create and change many goods of your merchant by their SKUs, from a CSV file",
        auth: "user",
        limit: "writes",
        idempotent: true,
        raw: { types: ["text/csv"], most: MOST_CSV_BYTES },
        body: Bytes,
        query: OfMerchant,
        answers: [200, ImportReport],
        problems: [
          catalogProblems.csv_malformed,
          merchantProblems.merchant_not_found,
          problems.body_too_large,
          catalogProblems.csv_too_long,
          problems.unsupported_media_type,
        ],
        present: presentImport,
      },
      (c) => importFile(house, c.actor, c.input.query.merchant_id, c.input.body),
    )
    .put(
      "/goods/:id/listings/:channel_id",
      {
        summary: "Sell your good on a channel, change its price there, or stop",
        auth: "user",
        limit: "writes",
        params: ByIdAndChannel,
        body: PutListing,
        answers: [200, ListingView],
        problems: [catalogProblems.good_not_found, channelProblems.channel_not_found],
      },
      (c) => {
        const { id: goodId, channel_id: channelId } = c.input.params;
        return house.db.write(c.actor, async (ctx) => {
          const channel = await channelById(ctx, channelId);
          return presentListing(await putListing(ctx, { goodId, channelId, ...c.input.body }), channel);
        });
      },
    )
    .put(
      "/goods/:id/stock",
      {
        summary: "Set how many pieces of your good there are, those that orders hold included",
        auth: "user",
        limit: "writes",
        params: ById,
        body: PutStock,
        answers: [200, StockView],
        problems: [catalogProblems.good_not_found, inventoryProblems.stock_below_reserved],
      },
      (c) => {
        const { id } = c.input.params;
        return house.db.write(c.actor, async (ctx) => {
          await ownGood(ctx, id);
          return presentStock(id, await setOnHand(ctx, id, c.input.body.on_hand));
        });
      },
    );
