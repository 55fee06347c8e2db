import { z } from "zod";
import type { ReadContext } from "../../../core/db/context.ts";
import type { Id } from "../../../core/ids.ts";
import * as orderBook from "../../../modules/orders/index.ts";
import { authorizationsOf, basketAuthorization } from "../../../modules/payments/index.ts";
import { authorizeBasketWithAuthorizationCall, authorizeWithAuthorizationCall } from "../../../protocol/calls.ts";
import { kindOf, type Purpose, readEach } from "./kind.ts";
import { type OwnOrder, orderSays, ownOrders } from "./orders.ts";

/** An order has one purpose however it is authorized, so that it is never paid twice over. */
const authorizing = ({ row }: OwnOrder): Purpose => ({ name: `authorize:${row.termsHash}`, orderId: row.orderId });

/**
 * Reads orders at once, and tells of each why it does not want to be paid: it may have ended between the payer's
 * signature and now.
 */
async function endedOrders(ctx: ReadContext, ids: readonly Id[]): Promise<(id: Id) => string | undefined> {
  const orders = new Map((await orderBook.byIds(ctx, ids)).map((order) => [order.id, order.state]));
  return (id) => {
    const state = orders.get(id);
    return state === "cancelled" || state === "expired" ? `the order is ${state}, it is not to be paid` : undefined;
  };
}

/** `operator.relay_authorization`: the payer's signature for one order. */
export const relayAuthorization = kindOf(z.object({ order_id: z.string() }), async (ctx, payloads, chain) => {
  const ids = payloads.map(({ order_id }) => order_id);
  const order = await ownOrders(ctx, chain, ids);
  const ended = await endedOrders(ctx, ids);
  const given = new Map((await authorizationsOf(ctx, ids)).map((row) => [row.orderId, row.signature]));
  return ({ order_id }) => {
    const own = order(order_id);
    const signature = given.get(order_id);
    if (signature === undefined) throw new Error(`order ${order_id} has no signature to relay`);
    return {
      purposes: [authorizing(own)],
      over: own.row.state !== "pending",
      unwanted: ended(order_id),
      call: () => authorizeWithAuthorizationCall(own.domain, own.terms, signature),
      overOnChain: [orderSays(own, ({ used }) => used)],
    };
  };
});

/**
 * `operator.relay_basket`: one signature of the payer for several orders, which are paid all or none. Where one of them
 * ended or was paid meanwhile none is paid by it, for the payer did not sign for the others alone.
 */
export const relayBasket = kindOf(z.object({ basket_id: z.string() }), async (ctx, payloads, chain) => {
  const basket = await readEach(
    payloads.map(({ basket_id }) => basket_id),
    (id) => basketAuthorization(ctx, id),
  );
  const ids = payloads.flatMap(({ basket_id }) => [...(basket.found.get(basket_id)?.orderIds ?? [])]);
  const order = await ownOrders(ctx, chain, ids);
  const ended = await endedOrders(ctx, ids);
  return ({ basket_id }) => {
    const { orderIds, signature } = basket.get(basket_id);
    const orders = orderIds.map(order);
    const [first] = orders;
    if (first === undefined) throw new Error(`basket ${basket_id} is empty`);
    return {
      purposes: orders.map(authorizing),
      over: orders.every(({ row }) => row.state !== "pending"),
      unwanted: orderIds.map(ended).find((why) => why !== undefined) ?? paidAlready(orders),
      call: () =>
        authorizeBasketWithAuthorizationCall(
          first.domain,
          orders.map(({ terms }) => terms),
          signature,
        ),
      overOnChain: orders.map((own) => orderSays(own, ({ used }) => used)),
    };
  };
});

const paidAlready = (orders: readonly OwnOrder[]): string | undefined =>
  orders.some(({ row }) => row.state !== "pending")
    ? "an order signed for together with it is paid already"
    : undefined;
