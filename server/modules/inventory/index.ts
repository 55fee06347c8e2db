import { Reservation, StockLevel } from "./entities.ts";

export { hasPieces, lockedStock, type Pieces, setManyOnHand } from "./many.ts";
export { migrations } from "./migrations.ts";
export { inventoryProblems } from "./problems.ts";
export {
  giveBack,
  reserve,
  restock,
  restockPieces,
  type Stock,
  setOnHand,
  stockByIds,
  stockOf,
  takeAgain,
  takeAll,
} from "./service.ts";

export const entities = [StockLevel, Reservation];
