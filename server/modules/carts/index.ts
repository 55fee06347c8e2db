import { CartLine } from "./entities.ts";

export { migrations } from "./migrations.ts";
export { cartProblems } from "./problems.ts";
export { type CartLineView, type CartView, MOST_COUNT, MOST_LINES } from "./rules.ts";
export { cartOf, clear, emptyCart, linesOf, setLines } from "./service.ts";

export const entities = [CartLine];
