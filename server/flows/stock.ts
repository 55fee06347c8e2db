import type { Context } from "../core/db/context.ts";
import { giveBack, restock } from "../modules/inventory/index.ts";
import type { Order } from "../modules/orders/index.ts";

/** Gives an order's stock back, reserved or taken, unless it has left the house. */
export async function putStockBack(ctx: Context, { id, fulfilment }: Order): Promise<void> {
  await giveBack(ctx, id);
  if (fulfilment === "unfulfilled" || fulfilment === "allocated") await restock(ctx, id);
}
