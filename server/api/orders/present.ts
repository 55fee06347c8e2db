import type { TokenConfig } from "../../config.ts";
import { presentMoment } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import type { Checkout } from "../../flows/checkout.ts";
import type { OrderDetails, OrderOverview } from "../../flows/orderOverview.ts";
import { type KnownRefund, stateOf } from "../../flows/orderParts.ts";
import type { Refund } from "../../flows/refund.ts";
import {
  displayStatus,
  type LineProgress,
  type OrderLine,
  refundedWorth,
  type ShipmentWithLines,
} from "../../modules/orders/index.ts";
import { presentAuthorizations, presentPrice } from "../payments/present.ts";
import { presentRequest } from "./presentPayment.ts";

const presentItem = ({ goodId, name, count, price, total, freight }: OrderLine) => ({
  ...{ good_id: goodId, name, count },
  ...{ price: String(price), total: String(total), freight: String(freight) },
});

export const presentOrder = ({ order, lines, escrowOrder }: OrderOverview) => ({
  ...{ order_id: order.id, order_sn: order.orderSn, payment_id: order.paymentId },
  ...{ chain_id: escrowOrder.chainId, merchant_id: order.merchantId, channel_id: order.channelId },
  status: displayStatus(order.state, escrowOrder.state, order.fulfilment),
  ...{ state: order.state, fulfilment: order.fulfilment, payment_state: escrowOrder.state },
  currency: order.currency,
  items: lines.map(presentItem),
  goods_total: String(order.goodsTotal),
  freight: String(order.freight),
  total_price: String(order.total),
  ...{ express_type: order.expressType, agent_id: order.agentId, address: order.address },
  cancel_asked_at: order.cancelAskedAt === null ? null : presentMoment(order.cancelAskedAt),
  created_at: presentMoment(order.createdAt),
  updated_at: presentMoment(order.updatedAt),
});

/** @param viewer what the goods cost the merchant is nothing for the buyer to see */
const presentAgreed = (found: OrderOverview, viewer: Id) => ({
  ...presentOrder(found),
  terms: found.escrowOrder.terms,
  terms_hash: found.escrowOrder.termsHash,
  breakdown: presentBreakdown(found, viewer),
});

const presentBreakdown = ({ order, escrowOrder }: OrderOverview, viewer: Id) =>
  order.breakdown === null
    ? null
    : {
        ...order.breakdown,
        merchant_cost: viewer === order.userId ? null : order.breakdown.merchant_cost,
        subsidies: [...order.breakdown.subsidies],
        parts: [...order.breakdown.parts],
        refunded: escrowOrder.returned.toString(),
      };

export const presentPlaced = ({ payment, orders }: Checkout, token: TokenConfig) => ({
  ...presentPrice(payment, token),
  orders: orders.map((each) => presentAgreed(each, payment.userId)),
  authorizations: presentAuthorizations(
    payment,
    orders.map(({ escrowOrder }) => escrowOrder),
    token,
  ),
});

export const presentDetails = (found: OrderDetails, viewer: Id) => ({
  ...presentAgreed(found, viewer),
  items: found.lines.map((line) => ({
    ...presentItem(line),
    ...presentProgress(found.parts.lines.find(({ goodId }) => goodId === line.goodId)),
  })),
  shipments: found.parts.shipments.map(presentShipment),
  history: found.history.map(({ event, state, fulfilment, actor, note, at }) => ({
    ...{ event, state, fulfilment, actor, note },
    at: presentMoment(at),
  })),
});

const presentProgress = (line: LineProgress | undefined) => ({
  shipped: line?.shipped ?? 0,
  refunded: line === undefined ? 0 : line.refundedShipped + line.refundedUnshipped,
  refunded_amount: (line === undefined ? 0n : refundedWorth(line)).toString(),
});

const presentShipment = ({ id, trackingNo, amount, lines, createdAt }: ShipmentWithLines) => ({
  ...{ shipment_id: id, tracking_no: trackingNo, amount: amount.toString() },
  lines: lines.map(({ goodId, count }) => ({ good_id: goodId, count })),
  created_at: presentMoment(createdAt),
});

export const presentRefund = ({ escrowOrder, refund }: Refund) => ({
  ...{ refund_id: refund.id, order_id: escrowOrder.orderId, token: escrowOrder.token },
  ...{ amount: refund.amount.toString(), reason: refund.reason, state: stateOfAll(refund) },
  lines: refund.lines.map((line) => ({
    ...{ good_id: line.goodId, count: line.count, shipped: line.shipped, amount: line.amount.toString() },
    ...{ state: stateOf(refund, line), restocked: line.restockedAt !== null },
  })),
  requests: refund.requests.map(presentRequest),
  created_at: presentMoment(refund.createdAt),
});

/** One word for a refund whose two requests may come to different ends. */
function stateOfAll({ requests }: KnownRefund): "open" | "done" | "dropped" | "done_in_part" {
  const states = new Set(requests.map(({ state }) => state));
  if (states.has("open")) return "open";
  if (states.has("dropped")) return states.has("done") ? "done_in_part" : "dropped";
  return "done";
}
