import { Good, Listing } from "./entities.ts";

export type { Good, Listing } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { catalogProblems } from "./problems.ts";
export { HIGHEST_PRICE } from "./rules.ts";
export { createGood, ownGood, putListing } from "./service.ts";
export { type Offer, offersIn, offersOf, shelf } from "./shelf.ts";

export const entities = [Good, Listing];
