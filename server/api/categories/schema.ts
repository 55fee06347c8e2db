import { z } from "zod";
import { text, Uuid } from "../../core/http/schemas.ts";
import { Slug } from "../goods/fields.ts";

const Name = z.strictObject({ en: text({ max: 100 }), zh: text({ max: 100 }) }).meta({ id: "CategoryName" });
const parent = Slug.nullable().meta({ description: "The slug of the category above; null at the top" });

export const CreateCategory = z
  .strictObject({ slug: Slug, name: Name, parent: parent.default(null) })
  .meta({ id: "CreateCategory" });
export const ChangeCategory = z
  .strictObject({ slug: Slug.optional(), name: Name.optional(), parent: parent.optional() })
  .meta({ id: "ChangeCategory" });

const category = {
  id: Uuid,
  slug: Slug,
  name: z.strictObject({ en: z.string(), zh: z.string() }),
  parent_id: Uuid.nullable(),
};
export const CategoryView = z.strictObject(category).meta({ id: "Category" });
export const CategoryTree = z
  .strictObject({
    data: z.array(
      z
        .strictObject({ ...category, level: z.int().meta({ description: "0 at the top" }) })
        .meta({ id: "PlacedCategory" }),
    ),
  })
  .meta({ id: "CategoryTree", description: "Each category after the one above it" });
export const ById = z.strictObject({ id: Uuid });
