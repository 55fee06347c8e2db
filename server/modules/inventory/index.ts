import { Reservation, StockLevel } from "./entities.ts";

export { migrations } from "./migrations.ts";
export { inventoryProblems } from "./problems.ts";
export { giveBack, reserve, restock, type Stock, setOnHand, stockByIds, stockOf, take } from "./service.ts";

export const entities = [StockLevel, Reservation];
