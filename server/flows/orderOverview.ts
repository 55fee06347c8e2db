import type { ReadContext } from "../core/db/context.ts";
import type { PageRequest, Slice } from "../core/http/paging.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS, transactionsOf } from "../modules/chains/index.ts";
import { ownMerchant } from "../modules/merchants/index.ts";
import type { Order, OrderHistory, OrderLine } from "../modules/orders/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import type { EscrowOrder, Payment, PaymentRequest } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";
import { orderAs } from "./access.ts";
import { exceptionsOfOrder, type TracedException } from "./exceptionOverview.ts";
import { type OrderParts, partsOf } from "./orderParts.ts";
import type { Refund } from "./refund.ts";

/** An order with what was bought and what the chain says of its payment. */
export interface OrderOverview {
  readonly order: Order;
  readonly lines: readonly OrderLine[];
  readonly escrowOrder: EscrowOrder;
}

/** Overviews of these orders, in their order: two statements for all of them. */
export async function overviews(ctx: ReadContext, orders: readonly Order[]): Promise<OrderOverview[]> {
  const ids = orders.map(({ id }) => id);
  const lines = await orderBook.linesOf(ctx, ids);
  const escrowOrders = new Map((await payments.escrowOrdersOf(ctx, ids)).map((each) => [each.orderId, each]));
  return orders.map((order) => {
    const escrowOrder = escrowOrders.get(order.id);
    if (escrowOrder === undefined) throw new Error(`order ${order.id} has no escrow order`);
    return { order, lines: lines.get(order.id) ?? [], escrowOrder };
  });
}

export async function overview(ctx: ReadContext, order: Order): Promise<OrderOverview> {
  const [found] = await overviews(ctx, [order]);
  if (found === undefined) throw new Error(`order ${order.id} has no overview`);
  return found;
}

/**
 * A page of orders, newest first: the actor's own, or those of a merchant they own.
 * @throws merchant_not_found, cursor_invalid
 */
export async function listOrders(
  ctx: ReadContext,
  userId: Id,
  { merchant_id: merchantId, ...page }: PageRequest & { readonly merchant_id?: Id | undefined },
): Promise<Slice<OrderOverview>> {
  if (merchantId !== undefined) await ownMerchant(ctx, merchantId);
  const slice = await orderBook.list(ctx, merchantId === undefined ? { userId } : { merchantId }, page);
  return { ...slice, rows: await overviews(ctx, slice.rows) };
}

/** All that happened to an order: its history, what was sent, what was given back. */
export interface OrderDetails extends OrderOverview {
  readonly history: readonly OrderHistory[];
  readonly parts: OrderParts;
}

/** An order as one of its sides, with all that happened to it. @throws order_not_found */
export async function orderDetails(ctx: ReadContext, id: Id): Promise<OrderDetails> {
  const found = await overview(ctx, await orderAs(ctx, id, "party"));
  const history = await orderBook.historyOf(ctx, id);
  return { ...found, history, parts: await partsOf(ctx, found.escrowOrder) };
}

/** The refunds of an order, oldest first, for either of its sides. @throws order_not_found */
export async function refundsOf(ctx: ReadContext, id: Id): Promise<Refund[]> {
  await orderAs(ctx, id, "party");
  const escrowOrder = await payments.escrowOrderOf(ctx, id);
  return (await partsOf(ctx, escrowOrder)).refunds.map((refund) => ({ escrowOrder, refund }));
}

/** All that is known of the payment of one order. */
export interface OrderPayment {
  readonly order: Order;
  readonly payment: Payment;
  readonly escrowOrder: EscrowOrder;
  /** What the operator was asked for and the chain has yet to do. */
  readonly requests: readonly PaymentRequest[];
  readonly transactions: Awaited<ReturnType<typeof transactionsOf>>;
  /** What its payer paid besides, or not as agreed. */
  readonly exceptions: readonly TracedException[];
  /** Newest chain second that the house has read. */
  readonly chainTimeS: number;
}

/** The payment of an order as one of its sides. @throws order_not_found */
export async function orderPayment(ctx: ReadContext, id: Id): Promise<OrderPayment> {
  const order = await orderAs(ctx, id, "party");
  const escrowOrder = await payments.escrowOrderOf(ctx, id);
  const payment = await payments.byId(ctx, order.paymentId);
  if (payment === undefined) throw new Error(`order ${id} has no payment`);
  const nowS = await chainTimeS(ctx, escrowOrder.chainId);
  return {
    ...{ order, payment, escrowOrder, chainTimeS: nowS },
    requests: await payments.runningRequests(ctx, escrowOrder, nowS),
    transactions: await transactionsOf(ctx, [id]),
    exceptions: await exceptionsOfOrder(ctx, escrowOrder),
  };
}
