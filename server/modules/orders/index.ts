import { Order, OrderHistory, OrderLine } from "./entities.ts";

export type { Order, OrderHistory, OrderLine } from "./entities.ts";
export { historyOf, linesOf, list, ofPayment } from "./lists.ts";
export { migrations } from "./migrations.ts";
export { isBuyer, isSeller } from "./policy.ts";
export { orderProblems } from "./problems.ts";
export { DISPLAY_STATUSES, displayStatus, type ShippingAddress } from "./rules.ts";
export { askCancel, byId, lock, move, type NewOrder, type PlacedOrder, place, record } from "./service.ts";

export const entities = [Order, OrderLine, OrderHistory];
