import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { Category, Good } from "./entities.ts";
import { catalogProblems } from "./problems.ts";

/** The most categories there are, so that all of them fit one answer. */
const MOST_CATEGORIES = 1_000;
/** The most levels of the tree. */
const MOST_LEVELS = 6;

/** What staff says of a category. */
export interface CategoryDetails {
  readonly slug: string;
  readonly nameEn: string;
  readonly nameZh: string;
  /** Of the parent; null for a category at the top. */
  readonly parentId: Id | null;
}

/** A category with where it is in the tree. */
export interface PlacedCategory extends Category {
  /** 0 at the top. */
  readonly level: number;
}

/** All categories, each after its parent, siblings in the order they came in. */
export async function categories(ctx: ReadContext): Promise<readonly PlacedCategory[]> {
  const all = await ctx.db.find(Category, { order: { id: "ASC" } });
  const children = Map.groupBy(all, ({ parentId }) => parentId);
  const below = (parent: Id | null, level: number): PlacedCategory[] =>
    (children.get(parent) ?? []).flatMap((one) => [{ ...one, level }, ...below(one.id, level + 1)]);
  return below(null, 0);
}

/** @throws category_not_found */
export async function categoryBySlug(ctx: ReadContext, slug: string): Promise<Category> {
  const category = await ctx.db.findOneBy(Category, { slug });
  if (category === null) throw catalogProblems.category_not_found(`There is no category "${slug}".`);
  return category;
}

/** The categories of these slugs, by slug; unknown slugs are not in it. */
export async function categoriesBySlug(ctx: ReadContext): Promise<ReadonlyMap<string, Category>> {
  return new Map((await ctx.db.find(Category)).map((category) => [category.slug, category]));
}

/** The category of this id, if there is one. */
export const categoryById = (ctx: ReadContext, id: Id): Promise<Category | null> => ctx.db.findOneBy(Category, { id });

/** The ids of a category and of all below it. @throws category_not_found */
export async function categoryWithin(ctx: ReadContext, slug: string): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>(
    ctx.db,
    `WITH RECURSIVE below AS (SELECT id FROM category WHERE slug = :slug
       UNION ALL SELECT category.id FROM category JOIN below ON category.parent_id = below.id)
     SELECT id FROM below`,
    { slug },
  );
  if (rows.length === 0) throw catalogProblems.category_not_found(`There is no category "${slug}".`);
  return rows.map(({ id }) => id);
}

/**
 * Adds a category.
 * @throws category_not_found for its parent, category_slug_taken, category_misplaced
 */
export async function createCategory(ctx: Context, details: CategoryDetails): Promise<Category> {
  const category = ctx.db.create(Category, { id: newId(), ...details, createdAt: ctx.clock.now() });
  await assertPlace(ctx, category);
  if ((await ctx.db.count(Category)) >= MOST_CATEGORIES)
    throw catalogProblems.category_misplaced(`There are ${MOST_CATEGORIES} categories already.`);
  await ctx.db.insert(Category, category);
  return category;
}

/**
 * Renames a category, or moves it with all below it.
 * @throws category_not_found, category_slug_taken, category_misplaced
 */
export async function changeCategory(ctx: Context, id: Id, change: Partial<CategoryDetails>): Promise<Category> {
  const category = await categoryById(ctx, id);
  if (category === null) throw catalogProblems.category_not_found();
  Object.assign(category, change);
  await assertPlace(ctx, category);
  const { slug, nameEn, nameZh, parentId } = category;
  await ctx.db.update(Category, { id }, { slug, nameEn, nameZh, parentId });
  return category;
}

/**
 * Takes a category away that nothing is in.
 * @throws category_not_found, category_in_use
 */
export async function deleteCategory(ctx: Context, id: Id): Promise<void> {
  await lockTree(ctx);
  if ((await ctx.db.existsBy(Good, { categoryId: id })) || (await ctx.db.existsBy(Category, { parentId: id })))
    throw catalogProblems.category_in_use();
  const { affected } = await ctx.db.delete(Category, { id });
  if (affected !== 1) throw catalogProblems.category_not_found();
}

/** Holds a category against the others; nobody changes the tree until the transaction ends. */
async function assertPlace(ctx: Context, { id, slug, parentId }: Category): Promise<void> {
  await lockTree(ctx);
  const all = new Map((await ctx.db.find(Category)).map((one) => [one.id, one]));
  if ([...all.values()].some((one) => one.slug === slug && one.id !== id))
    throw catalogProblems.category_slug_taken(`There is a category "${slug}" already.`);
  let above = 0;
  for (let at = parentId; at !== null; at = all.get(at)?.parentId ?? null) {
    if (!all.has(at)) throw catalogProblems.category_not_found("There is no such parent.");
    if (at === id) throw catalogProblems.category_misplaced("A category cannot be below itself.");
    above += 1;
  }
  if (above + levelsFrom(id, all) > MOST_LEVELS)
    throw catalogProblems.category_misplaced(`The tree has at most ${MOST_LEVELS} levels.`);
}

/** How many levels a category and those below it take. */
function levelsFrom(id: Id, all: ReadonlyMap<Id, Category>): number {
  const children = [...all.values()].filter(({ parentId }) => parentId === id);
  return 1 + Math.max(0, ...children.map((child) => levelsFrom(child.id, all)));
}

/** Makes changes of the tree wait for each other. On SQLite all writes do. */
async function lockTree({ db }: Context): Promise<void> {
  if (db.dataSource.options.type === "postgres") await sql(db, "LOCK TABLE category IN SHARE ROW EXCLUSIVE MODE");
}
