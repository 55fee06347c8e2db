import { defineProblems } from "../../core/http/problems.ts";

export const inventoryProblems = defineProblems({
  out_of_stock: { status: 409, title: "Not enough stock" },
  stock_below_reserved: { status: 409, title: "Orders hold more of this good than that" },
});
