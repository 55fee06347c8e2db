import { Order, OrderHistory, OrderLine } from "./entities.ts";
import { OrderRefund, OrderRefundLine } from "./refunds.ts";
import { Shipment, ShipmentLine } from "./shipments.ts";

export type { Order, OrderHead, OrderHistory, OrderLine } from "./entities.ts";
export { byIds, historyOf, linesOf, list, ofPayment } from "./lists.ts";
export { migrations } from "./migrations.ts";
export { isBuyer, isSeller } from "./policy.ts";
export { orderProblems } from "./problems.ts";
export {
  addRefund,
  followRequest,
  noteRestocked,
  type OrderRefundLine,
  type RefundedPieces,
  type RefundWithLines,
  refundsOf,
  requestOf,
  withRefunds,
} from "./refunds.ts";
export { DISPLAY_STATUSES, displayStatus, isInHouse, type ShippingAddress } from "./rules.ts";
export {
  askCancel,
  byId,
  lock,
  lockAll,
  lockFree,
  move,
  type NewOrder,
  type PlacedOrder,
  place,
  record,
} from "./service.ts";
export {
  captureFor,
  kept,
  type LineProgress,
  lineShares,
  refundedWorth,
  unsent,
  worthOfShippedRefund,
  worthOfUnsentRefund,
} from "./shares.ts";
export { addShipment, type Pieces, type ShipmentWithLines, shipmentsOf } from "./shipments.ts";

export const entities = [Order, OrderLine, OrderHistory, Shipment, ShipmentLine, OrderRefund, OrderRefundLine];
