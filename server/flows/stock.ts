import type { Context } from "../core/db/context.ts";
import type { Id } from "../core/ids.ts";
import { giveBack, restock, restockPieces } from "../modules/inventory/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { isInHouse, noteRestocked, type OrderHead } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type OrderParts, partsOfAll, stateOf } from "./orderParts.ts";

/** Gives back what orders that have ended held of the stock, reserved or taken, but for what has left the house. */
export async function putStockBack(ctx: Context, orders: readonly OrderHead[]): Promise<void> {
  await giveBack(
    ctx,
    orders.map(({ id }) => id),
  );
  const away = new Map<Id, readonly orderBook.Pieces[]>();
  for (const { id, fulfilment } of orders) if (isInHouse(fulfilment)) away.set(id, []);
  const left = orders.filter(({ id }) => !away.has(id)).map(({ id }) => id);
  for (const [id, { shipments, refunds, lines }] of await partsOfThese(ctx, left)) {
    // A parcel whose content was not told may have held anything.
    if (shipments.every((shipment) => shipment.lines.length > 0)) away.set(id, awayOf(lines, refunds));
  }
  await restock(ctx, away);
}

async function partsOfThese(ctx: Context, ids: readonly Id[]): Promise<ReadonlyMap<Id, OrderParts>> {
  return ids.length === 0 ? new Map() : partsOfAll(ctx, await payments.escrowOrdersOf(ctx, ids));
}

/** Pieces that were sent and did not come back. */
function awayOf(lines: OrderParts["lines"], refunds: OrderParts["refunds"]): orderBook.Pieces[] {
  const back = refunds.flatMap((refund) =>
    refund.lines.filter(({ shipped, restockedAt }) => shipped && restockedAt !== null),
  );
  return lines.map(({ goodId, shipped }) => ({
    goodId,
    count: back.reduce((away, line) => (line.goodId === goodId ? away - line.count : away), shipped),
  }));
}

/**
 * Lets orders follow refunds that the chain has done: their pieces go back to stock, where that was said, and with
 * nothing left to send an order that was sent in part is sent.
 * @returns the orders as they are now
 */
export async function settleRefunds(ctx: Context, orders: readonly OrderHead[]): Promise<OrderHead[]> {
  if (orders.length === 0) return [];
  const refunded = await orderBook.withRefunds(
    ctx,
    orders.map(({ id }) => id),
  );
  const concerned = orders.filter(({ id, fulfilment }) => refunded.has(id) || fulfilment === "partially_shipped");
  const partsOf = await partsOfThese(
    ctx,
    concerned.map(({ id }) => id),
  );
  const settled: OrderHead[] = [];
  for (const order of orders) {
    const parts = partsOf.get(order.id);
    settled.push(parts ? await settle(ctx, order, parts) : order);
  }
  return settled;
}

async function settle(ctx: Context, order: OrderHead, parts: OrderParts): Promise<OrderHead> {
  for (const refund of parts.refunds) {
    for (const line of refund.lines) {
      if (!line.restock || line.restockedAt !== null || stateOf(refund, line) !== "done") continue;
      if (!(await noteRestocked(ctx, line))) continue;
      await restockPieces(ctx, order.id, [line]);
      const name = line.shipped ? "came back" : "stayed here";
      await orderBook.record(ctx, order, "order.restocked", `${line.count} of good ${line.goodId} ${name}`);
    }
  }
  const nothingLeft = parts.lines.every((line) => orderBook.unsent(line) === 0);
  const waits = parts.refunds.some((refund) => refund.requests.some(({ state }) => state === "open"));
  if (order.fulfilment !== "partially_shipped" || !nothingLeft || waits) return order;
  return orderBook.move(ctx, order, { event: "order.shipped", fulfilment: "shipped", note: "the rest was refunded" });
}
