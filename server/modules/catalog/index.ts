import { Category, Good, Listing } from "./entities.ts";

export {
  type CategoryDetails,
  categories,
  categoriesBySlug,
  categoryById,
  categoryBySlug,
  categoryWithin,
  changeCategory,
  createCategory,
  deleteCategory,
} from "./categories.ts";
export type { Category, Good, Listing } from "./entities.ts";
export { goodsBySku, placeVariant } from "./families.ts";
export { catalogHandlers } from "./indexWords.ts";
export { type ListingWish, listingsOf, putListing, putListings } from "./listings.ts";
export { migrations } from "./migrations.ts";
export { type Offer, offersIn, offersOf } from "./offers.ts";
export { SORTS, type Sort } from "./orders.ts";
export { goodsAfter, goodsByIds, goodsOf, goodWithVariants } from "./own.ts";
export { catalogProblems } from "./problems.ts";
export { HIGHEST_FREIGHT, HIGHEST_PRICE, type Option } from "./rules.ts";
export {
  addGoods,
  changeGood,
  createGood,
  describe,
  type GoodChange,
  newGood,
  openCatalogue,
  ownGood,
  saveGoods,
  setCover,
} from "./service.ts";
export { openUnder, type ShelfRequest, type Shown, shelf } from "./shelf.ts";
export { shelve } from "./shelving.ts";
export { keepWords } from "./wordIndex.ts";

export const entities = [Good, Listing, Category];
