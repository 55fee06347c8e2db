import type { z } from "zod";
import type { ReadContext } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { Nothing } from "../../core/http/schemas.ts";
import {
  type Category,
  type CategoryDetails,
  catalogProblems,
  categories,
  categoryBySlug,
  changeCategory,
  createCategory,
  deleteCategory,
} from "../../modules/catalog/index.ts";
import { ById, CategoryTree, CategoryView, ChangeCategory, CreateCategory } from "./schema.ts";

const PLACES = [
  catalogProblems.category_not_found,
  catalogProblems.category_slug_taken,
  catalogProblems.category_misplaced,
];

export const categoryRoutes = (house: House): Door =>
  door(house, "categories")
    .get(
      "/categories",
      { summary: "The tree that goods are sorted into", auth: "none", limit: "reads", answers: [200, CategoryTree] },
      async (c) => {
        const tree = await house.db.read(c.actor, categories);
        return { data: tree.map(({ level, ...category }) => ({ ...presentCategory(category), level })) };
      },
    )
    .postOnce(
      "/categories",
      {
        summary: "Add a category",
        auth: ["staff"],
        limit: "writes",
        idempotent: true,
        body: CreateCategory,
        answers: [201, CategoryView],
        problems: PLACES,
        present: presentCategory,
      },
      (c) =>
        house.db.write(c.actor, async (ctx) => {
          const { slug, name, parent } = c.input.body;
          const parentId = await idOf(ctx, parent);
          return createCategory(ctx, { slug, nameEn: name.en, nameZh: name.zh, parentId });
        }),
    )
    .patch(
      "/categories/:id",
      {
        summary: "Rename a category, or move it with all below it",
        auth: ["staff"],
        limit: "writes",
        params: ById,
        body: ChangeCategory,
        answers: [200, CategoryView],
        problems: PLACES,
      },
      async (c) => {
        const { params, body } = c.input;
        const changed = await house.db.write(c.actor, async (ctx) =>
          changeCategory(ctx, params.id, await changeOf(ctx, body)),
        );
        return presentCategory(changed);
      },
    )
    .delete(
      "/categories/:id",
      {
        summary: "Take a category away that nothing is in",
        auth: ["staff"],
        limit: "writes",
        params: ById,
        answers: [204, Nothing],
        problems: [catalogProblems.category_not_found, catalogProblems.category_in_use],
      },
      (c) => house.db.write(c.actor, (ctx) => deleteCategory(ctx, c.input.params.id)),
    );

function presentCategory({ id, slug, nameEn, nameZh, parentId }: Category) {
  return { id, slug, name: { en: nameEn, zh: nameZh }, parent_id: parentId };
}

const idOf = async (ctx: ReadContext, slug: string | null) =>
  slug === null ? null : (await categoryBySlug(ctx, slug)).id;

async function changeOf(ctx: ReadContext, { slug, name, parent }: z.output<typeof ChangeCategory>) {
  const change: Partial<CategoryDetails> = {
    ...(slug === undefined ? {} : { slug }),
    ...(name === undefined ? {} : { nameEn: name.en, nameZh: name.zh }),
    ...(parent === undefined ? {} : { parentId: await idOf(ctx, parent) }),
  };
  return change;
}
