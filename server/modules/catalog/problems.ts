import { defineProblems } from "../../core/http/problems.ts";

export const catalogProblems = defineProblems({
  good_not_found: { status: 404, title: "There is no such good for you" },
  sku_taken: { status: 409, title: "Another good of this merchant has this SKU" },
});
