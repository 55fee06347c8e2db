import { In, IsNull } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import { Uuid } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import { Good } from "./entities.ts";
import { catalogProblems } from "./problems.ts";
import { MOST_VARIANTS, type Option, optionsKeyOf } from "./rules.ts";

/** These goods' variants, and those of the main goods they belong to. */
export function familiesOf(ctx: ReadContext, goods: readonly Good[]): Promise<Good[]> {
  const mainIds = new Set(goods.flatMap(({ id, variantOf }) => (variantOf === null ? [id] : [id, variantOf])));
  return ctx.db.findBy(Good, { variantOf: In([...mainIds]) });
}

/**
 * Makes a good a variant of another, or with null a main good again.
 * @param family every good that is a variant of either, at least
 * @throws variant_refused, variant_taken
 */
export function placeVariant(good: Good, main: Good | null, options: readonly Option[], family: readonly Good[]): void {
  if (main === null) {
    if (options.length > 0) throw catalogProblems.variant_refused("Options are of variants, and this is a main good.");
    Object.assign(good, { variantOf: null, options: [], optionsKey: null });
    return;
  }
  const optionsKey = optionsKeyOf(options);
  assertMayBe(good, main, family);
  if (options.length === 0) throw catalogProblems.variant_refused("A variant has options that set it apart.");
  const siblings = family.filter(({ id, variantOf }) => variantOf === main.id && id !== good.id);
  const twin = siblings.find((sibling) => sibling.optionsKey === optionsKey);
  if (twin !== undefined)
    throw catalogProblems.variant_taken(`"${twin.name}" has these options already.`, { good_id: twin.id });
  if (siblings.length >= MOST_VARIANTS)
    throw catalogProblems.variant_refused(`A good has at most ${MOST_VARIANTS} variants.`);
  Object.assign(good, { variantOf: main.id, options, optionsKey });
}

function assertMayBe(good: Good, main: Good, family: readonly Good[]): void {
  if (main.id === good.id) throw catalogProblems.variant_refused("A good is no variant of itself.");
  if (main.variantOf !== null) throw catalogProblems.variant_refused(`"${main.name}" is a variant itself.`);
  if (family.some(({ variantOf }) => variantOf === good.id))
    throw catalogProblems.variant_refused(`"${good.name}" has variants itself.`);
}

/**
 * The goods of a merchant that have these SKUs, and all that can be a sibling or the main good of one of them. A good
 * without a SKU goes by its id.
 */
export async function goodsBySku(ctx: ReadContext, merchantId: Id, skus: readonly string[]): Promise<readonly Good[]> {
  const ids = skus.filter((sku) => Uuid.safeParse(sku).success);
  const named = await ctx.db.find(Good, {
    where: [
      { merchantId, sku: In([...skus]) },
      { merchantId, sku: IsNull(), id: In(ids) },
    ],
  });
  const heads = named.flatMap(({ id, variantOf }) => (variantOf === null ? [id] : [id, variantOf]));
  const others = await ctx.db.find(Good, { where: [{ id: In(heads) }, { variantOf: In(heads) }] });
  return [...new Map([...others, ...named].map((good) => [good.id, good])).values()];
}
