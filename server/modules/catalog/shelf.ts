import type { ReadContext } from "../../core/db/context.ts";
import { type SqlValues, sql } from "../../core/db/sql.ts";
import { countRows, cutPage, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { hasPieces } from "../inventory/index.ts";
import { type Match, matching } from "./match.ts";
import { comesAfter, cursorKey, keyOfCursor, orderBy, type Sort } from "./orders.ts";
import { asked } from "./words.ts";

/** What of a channel's shelf somebody wants to see. */
export interface ShelfRequest extends PageRequest {
  readonly channelId: Id;
  /** The order; `relevance` where words are asked for and `oldest` where not, unless said. */
  readonly sort?: Sort | undefined;
  /** Words that the good, a variant of it or their descriptions have. */
  readonly question?: string | undefined;
  /** Any of these. */
  readonly categoryIds?: readonly Id[] | undefined;
  readonly merchantId?: Id | undefined;
  /** Something of it costs at least this, in minor units of the channel's currency. */
  readonly priceMin?: Minor | undefined;
  /** Something of it costs at most this. */
  readonly priceMax?: Minor | undefined;
  /** Something of it can be ordered now. */
  readonly inStock?: boolean | undefined;
}

/** A main good as a channel shows it. Prices in minor units of the channel's currency. */
export interface Shown {
  readonly goodId: Id;
  readonly merchantId: Id;
  readonly name: string;
  readonly description: string;
  readonly sku: string | null;
  /** The lowest price of what is for sale here of the good and its variants, and the highest. */
  readonly priceMin: Minor;
  readonly priceMax: Minor;
  /** How many variants are for sale here. */
  readonly variants: number;
  /** The content hash of its picture. */
  readonly cover: string | null;
}

interface ShownRow {
  good_id: Id;
  merchant_id: Id;
  name: string;
  description: string;
  sku: string | null;
  cover: string | null;
  price_min: number | string;
  price_max: number | string;
  variants: number;
  name_key: string;
  tier: number;
  doc: number | string;
}

/** A part of a statement with the values of its names. */
interface Part {
  readonly text: string;
  readonly values: SqlValues;
}

/**
 * What a channel has for sale: main goods, each with its variants in one row.
 * @throws cursor_invalid
 */
export async function shelf(ctx: ReadContext, request: ShelfRequest): Promise<Slice<Shown>> {
  const match = matchOf(ctx, request.question);
  if (match === "nothing") return { rows: [], total: 0, nextCursor: null };
  const sort = request.sort ?? (match === undefined ? "oldest" : "relevance");
  const filters = filtersOf(request);
  const page =
    sort === "relevance" && match ? byRelevance(match, filters, request) : inOrder(sort, match, filters, request);
  // The page is cut from the index alone; only its own goods are then looked up.
  const { rows } = await sql<ShownRow>(
    ctx.db,
    `SELECT page.*, good.merchant_id, good.name, good.description, good.sku, good.cover
     FROM (${page.text}) AS page JOIN good ON good.id = page.good_id ORDER BY ${orderBy(sort, "page")}`,
    page.values,
  );
  const cut = cutPage(rows, request.per_page, (row) => cursorKey(sort, row));
  return { ...cut, rows: cut.rows.map(shown), ...(await totalOf(ctx, request, match, filters)) };
}

/** How the question's words are found; undefined without a question, nothing where it has no word. */
function matchOf({ db }: ReadContext, question: string | undefined): Match | "nothing" | undefined {
  if (question === undefined) return undefined;
  const words = asked(question);
  return words.length === 0
    ? "nothing"
    : matching(db.dataSource.options.type === "postgres" ? "postgres" : "sqlite", words);
}

const COLUMNS = "shelf.good_id, shelf.price_min, shelf.price_max, shelf.variants, shelf.name_key";

/** A page in an order that the shelf itself has. */
function inOrder(sort: Sort, match: Match | undefined, filters: Part, request: ShelfRequest): Part {
  const after = request.cursor === undefined ? undefined : comesAfter(sort, "shelf", keyOfCursor(sort, request.cursor));
  return {
    text: `SELECT ${COLUMNS}, 0 AS tier, 0 AS doc FROM ${from(match)}
      WHERE ${filters.text} ${match ? `AND ${match.anywhere}` : ""} ${after ? `AND ${after.text}` : ""}
      ORDER BY ${orderBy(sort, "shelf")} LIMIT :limit OFFSET :offset`,
    values: { ...filters.values, ...match?.values, ...after?.values, ...bounds(request) },
  };
}

/** A page of what has all words in its title, newest first, and then of what needs its description for it. */
function byRelevance(match: Match, filters: Part, request: ShelfRequest): Part {
  const key = request.cursor === undefined ? undefined : keyOfCursor("relevance", request.cursor);
  const after = key && { tier: Number(key.tier), doc: Number(key.doc) };
  const { limit, offset } = bounds(request);
  const tier = (number: number, condition: string): string[] => {
    if (after !== undefined && after.tier > number) return [];
    const since = after?.tier === number ? `AND ${match.doc} < :after_doc` : "";
    return [
      `SELECT * FROM (SELECT ${COLUMNS}, ${number} AS tier, words.doc FROM ${from(match)}
        WHERE ${filters.text} AND ${condition} ${since} ORDER BY ${match.doc} DESC LIMIT :reach) AS tier${number}`,
    ];
  };
  return {
    text: `SELECT * FROM (${[...tier(0, match.title), ...tier(1, match.elsewhere)].join(" UNION ALL ")}) AS found
      ORDER BY ${orderBy("relevance", "found")} LIMIT :limit OFFSET :offset`,
    values: {
      ...{ ...filters.values, ...match.values, limit, offset, reach: limit + offset },
      ...(after ? { after_doc: after.doc } : {}),
    },
  };
}

const bounds = (request: ShelfRequest) => ({
  limit: request.per_page + 1,
  offset: request.cursor === undefined ? offsetOf(request) : 0,
});

const from = (match: Match | undefined): string =>
  match === undefined ? "shelf" : `${match.from} shelf ON shelf.good_id = words.good_id`;

/** What of the shelf is asked for, words aside. */
function filtersOf({ channelId, categoryIds, merchantId, priceMin, priceMax, inStock }: ShelfRequest): Part {
  const conditions = ["shelf.channel_id = :channelId"];
  const values: Record<string, SqlValues[string]> = { channelId };
  const add = (condition: string, named: SqlValues): void => {
    conditions.push(condition);
    Object.assign(values, named);
  };
  if (categoryIds !== undefined) add("shelf.category_id IN (:categoryIds)", { categoryIds });
  if (merchantId !== undefined) add("shelf.merchant_id = :merchantId", { merchantId });
  if (priceMin !== undefined) add("shelf.price_max >= :priceMin", { priceMin });
  if (priceMax !== undefined) add("shelf.price_min <= :priceMax", { priceMax });
  if (inStock === true) add(IN_STOCK, {});
  return { text: conditions.join(" AND "), values };
}

/**
 * A good without variants needs no look at its listings, which is what this costs most: counting takes a sixth. For
 * EXISTS, PostgreSQL may read the whole of the other table first.
 */
const IN_STOCK = `CASE WHEN shelf.variants = 0 THEN ${hasPieces("shelf.good_id")} ELSE
  COALESCE((SELECT TRUE FROM listing WHERE listing.main_id = shelf.good_id
    AND listing.channel_id = shelf.channel_id AND listing.open AND ${hasPieces("listing.good_id")} LIMIT 1), FALSE) END`;

/** How many there are: from the channel's counter where nothing narrows the shelf, else counted. */
async function totalOf(ctx: ReadContext, request: ShelfRequest, match: Match | undefined, filters: Part) {
  const narrowed = Object.keys(filters.values).length > 1 || request.inStock === true;
  if (match === undefined && !narrowed) return { total: await shownOn(ctx, request.channelId) };
  const condition = match === undefined ? filters.text : `${filters.text} AND ${match.anywhere}`;
  return countRows(ctx, `${from(match)} WHERE ${condition}`, { ...filters.values, ...match?.values });
}

async function shownOn(ctx: ReadContext, channelId: Id): Promise<number> {
  const { rows } = await sql<{ total: number | string }>(
    ctx.db,
    "SELECT total FROM listing_counter WHERE channel_id = :channelId",
    { channelId },
  );
  return Number(rows[0]?.total ?? 0);
}

const shown = (row: ShownRow): Shown => ({
  goodId: row.good_id,
  merchantId: row.merchant_id,
  name: row.name,
  description: row.description,
  sku: row.sku,
  priceMin: Number(row.price_min),
  priceMax: Number(row.price_max),
  variants: Number(row.variants),
  cover: row.cover,
});

/** What of these main goods and their variants is for sale on a channel, by main good. */
export async function openUnder(
  ctx: ReadContext,
  channelId: Id,
  mainIds: readonly Id[],
): Promise<ReadonlyMap<Id, readonly Id[]>> {
  if (mainIds.length === 0) return new Map();
  const { rows } = await sql<{ main_id: Id; good_id: Id }>(
    ctx.db,
    "SELECT main_id, good_id FROM listing WHERE main_id IN (:mainIds) AND channel_id = :channelId AND open",
    { mainIds, channelId },
  );
  const byMain = Map.groupBy(rows, ({ main_id }) => main_id);
  return new Map([...byMain].map(([mainId, own]) => [mainId, own.map(({ good_id }) => good_id)]));
}
