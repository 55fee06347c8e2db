import { defineProblems } from "../../core/http/problems.ts";

export const catalogProblems = defineProblems({
  good_not_found: { status: 404, title: "There is no such good for you" },
  csv_malformed: { status: 400, title: "The file is not usable CSV" },
  csv_too_long: { status: 413, title: "The file has too many rows" },
  sku_taken: { status: 409, title: "Another good of this merchant has this SKU" },
});
