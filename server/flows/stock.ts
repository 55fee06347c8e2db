import type { Context } from "../core/db/context.ts";
import { giveBack, restock, restockPieces } from "../modules/inventory/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { isInHouse, noteRestocked, type Order } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type OrderParts, partsOf, stateOf } from "./orderParts.ts";

/** Gives back what an order that has ended held of the stock, reserved or taken, but for what has left the house. */
export async function putStockBack(ctx: Context, { id, fulfilment }: Order): Promise<void> {
  await giveBack(ctx, id);
  if (isInHouse(fulfilment)) return restock(ctx, id);
  // A parcel whose content was not told may have held anything.
  const { shipments, refunds, lines } = await partsOf(ctx, await payments.escrowOrderOf(ctx, id));
  if (shipments.some((shipment) => shipment.lines.length === 0)) return;
  await restock(ctx, id, awayOf(lines, refunds));
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
 * Lets an order follow refunds that the chain has done: their pieces go back to stock, where that was said, and with
 * nothing left to send an order that was sent in part is sent.
 * @returns the order as it is now
 */
export async function settleRefunds(ctx: Context, order: Order): Promise<Order> {
  const parts = await partsOf(ctx, await payments.escrowOrderOf(ctx, order.id));
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
