import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { mayManage, merchantsByIds, ownMerchant } from "../merchants/index.ts";
import { categoryById } from "./categories.ts";
import { Good } from "./entities.ts";
import { familiesOf, placeVariant } from "./families.ts";
import { catalogProblems } from "./problems.ts";
import { nameKeyOf, type Option } from "./rules.ts";
import { shelve } from "./shelving.ts";
import { keepWords } from "./wordIndex.ts";

/** What a merchant says of a good; what is not said stays as it is. */
export interface GoodChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly sku?: string | null | undefined;
  /** Minor units. */
  readonly cost?: Minor | null | undefined;
  readonly categoryId?: Id | null | undefined;
  /** The main good it is a variant of, or null for none, and what sets it apart. */
  readonly variantOf?: Id | null | undefined;
  readonly options?: readonly Option[] | undefined;
}

/**
 * Adds a good to the catalogue of a merchant the actor may act for. It is for sale once it is listed.
 * @throws merchant_not_found, sku_taken, category_not_found, good_not_found, variant_refused, variant_taken
 */
export async function createGood(
  ctx: Context,
  merchantId: Id,
  details: GoodChange & { readonly name: string },
): Promise<Good> {
  await openCatalogue(ctx, merchantId);
  const good = newGood(ctx, merchantId, details.name);
  await amend(ctx, good, details);
  await addGoods(ctx, merchantId, [good]);
  await keepWords(ctx, [good.variantOf ?? good.id]);
  return good;
}

/**
 * Changes what is said of a good of a merchant the actor may act for.
 * @throws good_not_found, sku_taken, category_not_found, variant_refused, variant_taken
 */
export async function changeGood(ctx: Context, id: Id, change: GoodChange): Promise<Good> {
  await openCatalogue(ctx, (await ownGood(ctx, id)).merchantId);
  const good = await ownGood(ctx, id);
  const mainBefore = good.variantOf ?? good.id;
  await amend(ctx, good, change);
  await saveGoods(ctx, [good]);
  const shown = [...new Set([good.id, mainBefore, good.variantOf ?? good.id])];
  await shelve(ctx, shown);
  await keepWords(ctx, shown);
  return good;
}

/** Takes over what is said of a good, once it is held against the rest of the catalogue. */
async function amend(ctx: ReadContext, good: Good, change: GoodChange): Promise<void> {
  const { sku, categoryId, variantOf = good.variantOf, options = variantOf === null ? [] : good.options } = change;
  if (sku && sku !== good.sku) await assertFree(ctx, good.merchantId, sku);
  if (categoryId && (await categoryById(ctx, categoryId)) === null) throw catalogProblems.category_not_found();
  const main = variantOf === null ? null : await ctx.db.findOneBy(Good, { id: variantOf, merchantId: good.merchantId });
  if (variantOf !== null && main === null) throw catalogProblems.good_not_found("There is no such main good of yours.");
  placeVariant(good, main, options, await familiesOf(ctx, main === null ? [good] : [good, main]));
  describe(good, change);
}

async function assertFree(ctx: ReadContext, merchantId: Id, sku: string): Promise<void> {
  if (await ctx.db.existsBy(Good, { merchantId, sku }))
    throw catalogProblems.sku_taken(`There is a good with the SKU "${sku}" already.`, { sku });
}

/** Takes over what is said of a good apart from its place among others. */
export function describe(good: Good, change: Omit<GoodChange, "variantOf" | "options">): void {
  const { name = good.name, description = good.description, sku = good.sku, cost = good.cost } = change;
  const { categoryId = good.categoryId } = change;
  Object.assign(good, { name, nameKey: nameKeyOf(name), description, sku, cost, categoryId });
}

/** A main good that is in no table yet. */
export function newGood(ctx: Context, merchantId: Id, name: string): Good {
  const now = ctx.clock.now();
  return ctx.db.create(Good, {
    ...{ id: newId(), merchantId, name, nameKey: nameKeyOf(name), description: "", sku: null, cost: null },
    ...{ categoryId: null, variantOf: null, options: [], optionsKey: null, cover: null },
    ...{ createdAt: now, updatedAt: now },
  });
}

/**
 * Begins a change of a merchant's catalogue, for whoever may act for the merchant. Until the transaction ends, other
 * changes of the same catalogue wait, so what was read of it stays true.
 * @throws merchant_not_found
 */
export async function openCatalogue(ctx: Context, merchantId: Id): Promise<void> {
  await ownMerchant(ctx, merchantId);
  await sql(
    ctx.db,
    `INSERT INTO catalogue (merchant_id, goods) VALUES (:merchantId, 0)
     ON CONFLICT (merchant_id) DO UPDATE SET goods = catalogue.goods`,
    { merchantId },
  );
}

/** Adds goods to a merchant's catalogue, which is open for change; they were held against it. Mains come first. */
export async function addGoods(ctx: Context, merchantId: Id, goods: readonly Good[]): Promise<void> {
  if (goods.length === 0) return;
  await ctx.db.insert(
    Good,
    [...goods].sort((a, b) => Number(a.variantOf !== null) - Number(b.variantOf !== null)),
  );
  await sql(ctx.db, "UPDATE catalogue SET goods = goods + :added WHERE merchant_id = :merchantId", {
    merchantId,
    added: goods.length,
  });
}

/** Writes goods that are in the table already, and the places of their listings with them. */
export async function saveGoods(ctx: Context, goods: readonly Good[]): Promise<void> {
  if (goods.length === 0) return;
  const updatedAt = ctx.clock.now();
  const goodIds = goods.map(({ id }) => id);
  // Siblings may have changed places with each other; their keys are unique at every statement.
  await sql(ctx.db, "UPDATE good SET options_key = NULL WHERE id IN (:goodIds) AND variant_of IS NOT NULL", {
    goodIds,
  });
  await ctx.db.upsert(
    Good,
    goods.map((good) => ctx.db.create(Good, { ...good, updatedAt })),
    ["id"],
  );
  await sql(
    ctx.db,
    `UPDATE listing SET main_id = (SELECT COALESCE(good.variant_of, good.id) FROM good WHERE good.id = listing.good_id)
     WHERE good_id IN (:goodIds)`,
    { goodIds },
  );
}

/** @throws good_not_found */
async function goodById(ctx: ReadContext, id: Id): Promise<Good> {
  const good = await ctx.db.findOneBy(Good, { id });
  if (good === null) throw catalogProblems.good_not_found();
  return good;
}

/**
 * A good of a merchant the actor may act for. Another tenant's is answered like an unknown one.
 * @throws good_not_found
 */
export async function ownGood(ctx: ReadContext, id: Id): Promise<Good> {
  const good = await goodById(ctx, id);
  const merchant = (await merchantsByIds(ctx, [good.merchantId])).get(good.merchantId);
  if (merchant === undefined || !mayManage(ctx.actor, merchant)) throw catalogProblems.good_not_found();
  return good;
}

/** Sets the picture that lists show of a good: its content hash, or null for none. */
export async function setCover(ctx: Context, id: Id, cover: string | null): Promise<void> {
  await ctx.db.update(Good, { id }, { cover });
}
