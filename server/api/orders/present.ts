import type { TokenConfig } from "../../config.ts";
import { presentMoment } from "../../core/http/schemas.ts";
import type { Checkout } from "../../flows/checkout.ts";
import type { OrderOverview } from "../../flows/orderOverview.ts";
import type { Refund } from "../../flows/refund.ts";
import { displayStatus, type OrderHistory, type OrderLine } from "../../modules/orders/index.ts";
import { presentAuthorization, presentPrice } from "../payments/present.ts";
import { presentRequest } from "./presentPayment.ts";

const presentItem = ({ goodId, name, count, price, total }: OrderLine) => ({
  ...{ good_id: goodId, name, count },
  ...{ price: String(price), total: String(total) },
});

export const presentOrder = ({ order, lines, escrowOrder }: OrderOverview) => ({
  ...{ order_id: order.id, order_sn: order.orderSn, payment_id: order.paymentId },
  ...{ merchant_id: order.merchantId, channel_id: order.channelId },
  status: displayStatus(order.state, escrowOrder.state, order.fulfilment),
  ...{ state: order.state, fulfilment: order.fulfilment, payment_state: escrowOrder.state },
  currency: order.currency,
  items: lines.map(presentItem),
  goods_total: String(order.goodsTotal),
  freight: String(order.freight),
  total_price: String(order.total),
  ...{ express_type: order.expressType, address: order.address },
  cancel_asked_at: order.cancelAskedAt === null ? null : presentMoment(order.cancelAskedAt),
  created_at: presentMoment(order.createdAt),
  updated_at: presentMoment(order.updatedAt),
});

const presentAgreed = (found: OrderOverview) => ({
  ...presentOrder(found),
  terms: found.escrowOrder.terms,
  terms_hash: found.escrowOrder.termsHash,
});

export const presentPlaced = ({ payment, orders }: Checkout, token: TokenConfig) => ({
  ...presentPrice(payment, token),
  orders: orders.map(presentAgreed),
  authorizations: orders.map(({ escrowOrder }) => presentAuthorization(payment, escrowOrder, token)),
});

export const presentDetails = (found: OrderOverview & { readonly history: readonly OrderHistory[] }) => ({
  ...presentAgreed(found),
  history: found.history.map(({ event, state, fulfilment, actor, note, at }) => ({
    ...{ event, state, fulfilment, actor, note },
    at: presentMoment(at),
  })),
});

export const presentRefund = ({ escrowOrder, requests }: Refund) => ({
  order_id: escrowOrder.orderId,
  token: escrowOrder.token,
  amount: requests.reduce((sum, { amount }) => sum + amount, 0n).toString(),
  requests: requests.map(presentRequest),
});
