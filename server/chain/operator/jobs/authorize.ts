import { z } from "zod";
import type { ReadContext } from "../../../core/db/context.ts";
import type { Id } from "../../../core/ids.ts";
import * as orderBook from "../../../modules/orders/index.ts";
import { authorizationsOf } from "../../../modules/payments/index.ts";
import { authorizeWithAuthorizationCall } from "../../../protocol/calls.ts";
import { kindOf, type Purpose } from "./kind.ts";
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
      overOnChain: orderSays(own, ({ used }) => used),
    };
  };
});
