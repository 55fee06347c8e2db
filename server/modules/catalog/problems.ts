import { defineProblems } from "../../core/http/problems.ts";

export const catalogProblems = defineProblems({
  good_not_found: { status: 404, title: "There is no such good for you" },
  sku_taken: { status: 409, title: "Another good of this merchant has this SKU" },
  variant_refused: { status: 409, title: "The good cannot be a variant of that one" },
  variant_taken: { status: 409, title: "Another variant has these options" },
  category_not_found: { status: 404, title: "There is no such category" },
  category_slug_taken: { status: 409, title: "Another category has this slug" },
  category_in_use: { status: 409, title: "The category has goods or categories in it" },
  category_misplaced: { status: 409, title: "The tree of categories cannot be like that" },
  csv_malformed: { status: 400, title: "The file is not usable CSV" },
  csv_too_long: { status: 413, title: "The file has too many rows" },
});
