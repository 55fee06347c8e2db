import { Good, Listing } from "./entities.ts";

export type { Good, Listing } from "./entities.ts";
export { type ListingWish, listingsOf, putListing, putListings } from "./listings.ts";
export { migrations } from "./migrations.ts";
export { catalogProblems } from "./problems.ts";
export { HIGHEST_FREIGHT, HIGHEST_PRICE } from "./rules.ts";
export { addGoods, createGood, goodsBySku, newGood, openCatalogue, ownGood, saveGoods } from "./service.ts";
export { type Offer, offersIn, offersOf, shelf } from "./shelf.ts";

export const entities = [Good, Listing];
