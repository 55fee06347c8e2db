import { isDeepStrictEqual } from "node:util";
import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import { Problem, problems } from "../core/http/problems.ts";
import { Uuid } from "../core/http/schemas.ts";
import type { Id } from "../core/ids.ts";
import type { Minor } from "../core/money.ts";
import * as catalog from "../modules/catalog/index.ts";
import { type Category, catalogProblems, type Good, type ListingWish, type Option } from "../modules/catalog/index.ts";
import { type Channel, channelProblems, channelsByCodes } from "../modules/channels/index.ts";
import { inventoryProblems, lockedStock, type Pieces, setManyOnHand } from "../modules/inventory/index.ts";

/** What a row of a file says of a good, and of its listing on one channel. What it does not say stays as it is. */
export interface ImportRow {
  /** Where in the file it is. */
  readonly row: number;
  readonly sku: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** A category's slug. */
  readonly category?: string | undefined;
  /** The SKU of the main good it is a variant of. */
  readonly variantOf?: string | undefined;
  readonly options?: readonly Option[] | undefined;
  /** Minor units. */
  readonly cost?: Minor | undefined;
  /** Pieces in the house, those that orders hold included. */
  readonly stock?: number | undefined;
  /** A channel's code. */
  readonly channel?: string | undefined;
  /** Minor units of the channel's currency. */
  readonly price?: Minor | undefined;
  /** Of one piece, in minor units of the channel's currency. */
  readonly freight?: Minor | undefined;
  readonly open?: boolean | undefined;
}

/** What became of a row. */
export interface ImportedRow {
  readonly row: number;
  readonly sku: string;
  readonly status: "created" | "updated" | "unchanged" | "failed";
  readonly goodId: Id | null;
  /** Of the problem, where it failed. */
  readonly code: string | null;
  readonly detail: string | null;
}

/** How many rows are one transaction: few enough that others do not wait long for it. */
const ROWS_AT_ONCE = 250;

/**
 * Creates and changes goods of a merchant by their SKUs, rows of one good in their order. A row is done wholly or not
 * at all, whatever becomes of the others; done again, the same rows change nothing.
 * @throws merchant_not_found
 */
export async function importGoods(
  house: House,
  actor: UserActor,
  merchantId: Id,
  rows: readonly ImportRow[],
): Promise<readonly ImportedRow[]> {
  const imported: ImportedRow[] = [];
  for (let done = 0; done < Math.max(rows.length, 1); done += ROWS_AT_ONCE) {
    const batch = rows.slice(done, done + ROWS_AT_ONCE);
    imported.push(...(await house.db.write(actor, (ctx) => importBatch(ctx, merchantId, batch))));
  }
  return imported;
}

async function importBatch(ctx: Context, merchantId: Id, rows: readonly ImportRow[]): Promise<ImportedRow[]> {
  await catalog.openCatalogue(ctx, merchantId);
  const book = await readBook(ctx, merchantId, rows);
  const imported = rows.map((row) => importRow(ctx, book, row));
  await catalog.addGoods(ctx, merchantId, [...book.added]);
  await catalog.saveGoods(ctx, [...book.changed]);
  await setManyOnHand(ctx, book.onHand);
  const listed = [...book.listed.values()].map(({ good, ...wish }) => ({ ...wish, mainId: mainOf(good) }));
  await catalog.putListings(ctx, listed);
  await catalog.shelve(ctx, [...new Set([...book.shown, ...listed.map(({ mainId }) => mainId)])]);
  await catalog.keepWords(ctx, [...book.shown]);
  return imported;
}

/** A listing as a row wants it. */
interface Wish extends Omit<ListingWish, "mainId"> {
  readonly good: Good;
}

/** What a batch's rows are held against, and what they change of it. */
interface Book {
  readonly merchantId: Id;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly categories: ReadonlyMap<string, Category>;
  /** By SKU, or by id where there is none; new ones too, and all that may be siblings. */
  readonly goods: Map<string, Good>;
  readonly listings: Map<string, Omit<ListingWish, "mainId">>;
  readonly stock: ReadonlyMap<Id, Pieces>;
  readonly added: Set<Good>;
  readonly changed: Set<Good>;
  /** Goods that are or were main goods of what was added or changed. */
  readonly shown: Set<Id>;
  readonly listed: Map<string, Wish>;
  /** By good: the pieces that are to be there. */
  readonly onHand: Map<Id, number>;
}

async function readBook(ctx: Context, merchantId: Id, rows: readonly ImportRow[]): Promise<Book> {
  const skus = rows.flatMap(({ sku, variantOf }) => (variantOf === undefined ? [sku] : [sku, variantOf]));
  const codes = rows.flatMap(({ channel }) => channel ?? []);
  const all = await catalog.goodsBySku(ctx, merchantId, [...new Set(skus)]);
  const goods = new Map(all.map((good) => [good.sku ?? good.id, good]));
  const goodIds = [...new Set(rows.flatMap(({ sku }) => goods.get(sku)?.id ?? []))];
  const listings = await catalog.listingsOf(ctx, goodIds);
  return {
    ...{ merchantId, goods },
    channels: await channelsByCodes(ctx, [...new Set(codes)]),
    categories: rows.some(({ category }) => category !== undefined) ? await catalog.categoriesBySlug(ctx) : new Map(),
    listings: new Map(listings.map((listing) => [listingKey(listing.goodId, listing.channelId), listing])),
    stock: await lockedStock(ctx, goodIds),
    ...{ added: new Set(), changed: new Set(), shown: new Set(), listed: new Map(), onHand: new Map() },
  };
}

const listingKey = (goodId: Id, channelId: Id): string => `${goodId} ${channelId}`;
const mainOf = ({ id, variantOf }: Good): Id => variantOf ?? id;

function importRow(ctx: Context, book: Book, row: ImportRow): ImportedRow {
  const told = { row: row.row, sku: row.sku };
  try {
    const before = book.goods.get(row.sku);
    const good = before ?? newGood(ctx, book, row);
    const draft = draftOf(book, good, row);
    const wish = listingWish(book, good, row);
    assertPieces(book, good, row);
    // Nothing was changed until here, and nothing fails from here on.
    const changes = [changeGood(book, good, draft), changeListing(book, wish), changeStock(book, good, row)];
    const status = before === undefined ? "created" : changes.some(Boolean) ? "updated" : "unchanged";
    return { ...told, status, goodId: good.id, code: null, detail: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const goodId = book.goods.get(row.sku)?.id ?? null;
    return { ...told, status: "failed", goodId, code: error.code, detail: error.detail };
  }
}

/** An id names a good that has no SKU; no good is made under one. */
function newGood(ctx: Context, { merchantId }: Book, { sku, name }: ImportRow): Good {
  if (Uuid.safeParse(sku).success) throw catalogProblems.good_not_found("There is no good of yours with this id.");
  if (name === undefined) throw problems.validation_failed("name is missing, and there is no good with this SKU yet.");
  return { ...catalog.newGood(ctx, merchantId, name), sku };
}

/** The good as it would be after the row. */
function draftOf(book: Book, good: Good, row: ImportRow): Good {
  const draft: Good = { ...good };
  const category = row.category === undefined ? undefined : book.categories.get(row.category);
  if (row.category !== undefined && category === undefined)
    throw catalogProblems.category_not_found(`There is no category "${row.category}".`);
  const { name, description, cost, options = good.options } = row;
  catalog.describe(draft, { name, description, cost, categoryId: category?.id });
  catalog.placeVariant(draft, mainFor(book, good, row), options, [...book.goods.values()]);
  return draft;
}

function mainFor({ goods }: Book, good: Good, { variantOf }: ImportRow): Good | null {
  if (variantOf === undefined)
    return good.variantOf === null ? null : ([...goods.values()].find(({ id }) => id === good.variantOf) ?? null);
  const main = goods.get(variantOf);
  if (main === undefined) throw catalogProblems.good_not_found(`There is no main good "${variantOf}" of yours.`);
  return main;
}

/** The listing a row asks for, if it names a channel. */
function listingWish(book: Book, good: Good, row: ImportRow): Wish | undefined {
  const { price, freight, open } = row;
  if (row.channel === undefined) {
    if (price === undefined && freight === undefined && open === undefined) return undefined;
    throw problems.validation_failed("price, freight and open are of a channel, and none is named.");
  }
  const channel = book.channels.get(row.channel);
  if (channel === undefined) throw channelProblems.channel_not_found(`There is no channel "${row.channel}".`);
  const ids = { good, goodId: good.id, channelId: channel.id };
  const before = book.listings.get(listingKey(ids.goodId, ids.channelId));
  const asked = price ?? before?.price;
  if (asked === undefined)
    throw problems.validation_failed("price is missing, and the good is not on this channel yet.");
  return { ...ids, price: asked, freight: freight ?? before?.freight ?? 0, open: open ?? before?.open ?? true };
}

function assertPieces({ stock }: Book, good: Good, row: ImportRow): void {
  const reserved = stock.get(good.id)?.reserved ?? 0;
  if (row.stock === undefined || row.stock >= reserved) return;
  throw inventoryProblems.stock_below_reserved(`Orders hold ${reserved} of it.`);
}

/** Each of these notes a change, and tells whether there is one. */
function changeGood(book: Book, good: Good, draft: Good): boolean {
  const isNew = !book.goods.has(nameOf(good));
  if (!isNew && isDeepStrictEqual({ ...good }, draft)) return false;
  book.shown.add(good.id).add(mainOf(good)).add(mainOf(draft));
  Object.assign(good, draft);
  book.goods.set(nameOf(good), good);
  if (isNew) book.added.add(good);
  else if (!book.added.has(good)) book.changed.add(good);
  return true;
}

const nameOf = ({ sku, id }: Good): string => sku ?? id;

function changeListing(book: Book, wish: Wish | undefined): boolean {
  if (wish === undefined) return false;
  const key = listingKey(wish.goodId, wish.channelId);
  const before = book.listings.get(key);
  if (before?.price === wish.price && before.freight === wish.freight && before.open === wish.open) return false;
  book.listings.set(key, wish);
  book.listed.set(key, wish);
  return true;
}

function changeStock(book: Book, good: Good, { stock: wanted }: ImportRow): boolean {
  const before = book.onHand.get(good.id) ?? book.stock.get(good.id)?.onHand;
  if (wanted === undefined || wanted === before) return false;
  book.onHand.set(good.id, wanted);
  return true;
}
