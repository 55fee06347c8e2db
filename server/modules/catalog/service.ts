import { In } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import { mayManage, merchantsByIds, ownMerchant } from "../merchants/index.ts";
import { Good } from "./entities.ts";
import { catalogProblems } from "./problems.ts";

export interface NewGood {
  readonly merchantId: Id;
  readonly name: string;
  readonly description: string;
  readonly sku: string | null;
  /** Minor units. */
  readonly cost: Minor | null;
}

/**
 * Adds a good to the catalogue of a merchant the actor may act for. It is for sale once it is listed.
 * @throws merchant_not_found, sku_taken
 */
export async function createGood(ctx: Context, details: NewGood): Promise<Good> {
  await openCatalogue(ctx, details.merchantId);
  const good = newGood(ctx, details);
  if (good.sku !== null && (await ctx.db.existsBy(Good, { merchantId: good.merchantId, sku: good.sku })))
    throw catalogProblems.sku_taken(`There is a good with the SKU "${good.sku}" already.`, { sku: good.sku });
  await addGoods(ctx, good.merchantId, [good]);
  return good;
}

/** A good that is in no table yet. */
export function newGood(ctx: Context, details: NewGood): Good {
  const now = ctx.clock.now();
  return ctx.db.create(Good, { id: newId(), ...details, createdAt: now, updatedAt: now });
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

/** Adds goods to a merchant's catalogue, which is open for change; their SKUs are free. */
export async function addGoods(ctx: Context, merchantId: Id, goods: readonly Good[]): Promise<void> {
  if (goods.length === 0) return;
  await ctx.db.insert(Good, [...goods]);
  await sql(ctx.db, "UPDATE catalogue SET goods = goods + :added WHERE merchant_id = :merchantId", {
    merchantId,
    added: goods.length,
  });
}

/** Writes goods that are in the table already, in one statement. */
export async function saveGoods(ctx: Context, goods: readonly Good[]): Promise<void> {
  const updatedAt = ctx.clock.now();
  const changed = goods.map((good) => ctx.db.create(Good, { ...good, updatedAt }));
  if (changed.length > 0) await ctx.db.upsert(Good, changed, ["id"]);
}

/** The goods of a merchant that have these SKUs. */
export const goodsBySku = (ctx: ReadContext, merchantId: Id, skus: readonly string[]): Promise<Good[]> =>
  ctx.db.findBy(Good, { merchantId, sku: In([...skus]) });

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
