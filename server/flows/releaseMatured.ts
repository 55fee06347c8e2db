import { type Context, system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import type { Order } from "../modules/orders/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import type { EscrowOrder } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";

/** What became of money whose delay may be over. `asked` and `waiting`: look again later, until nothing waits. */
export type Maturity = "asked" | "not_needed" | "waiting";

/** So many orders are released with one that is due; the operator sends them in one transaction. */
const MOST_TOGETHER = 50;

/**
 * Has the operator release what is captured of an order once its delay is over by the chain's clock; from then on
 * the escrow takes that call from anybody. Others that are due as well are asked for in the same transaction, so that
 * the operator finds them together.
 */
export const releaseMatured = (house: House, orderId: Id): Promise<Maturity> =>
  house.db.write(system("settlement"), async (ctx) => {
    const order = await orderBook.lock(ctx, orderId);
    const escrowOrder = await payments.escrowOrderOf(ctx, orderId);
    if (order === undefined || escrowOrder.captured === 0n) return "not_needed";
    const nowS = await chainTimeS(ctx, escrowOrder.chainId);
    if (!(await isDue(ctx, escrowOrder, nowS))) return "waiting";
    await ask(ctx, order, escrowOrder, nowS);
    await askOthers(ctx, escrowOrder.chainId, nowS);
    return "asked";
  });

async function isDue(ctx: Context, escrowOrder: EscrowOrder, nowS: number): Promise<boolean> {
  const { captured, releaseAtS } = escrowOrder;
  if (captured === 0n || nowS < releaseAtS || !payments.isReliable(payments.snapshot(escrowOrder))) return false;
  const running = await payments.runningRequests(ctx, escrowOrder, nowS);
  return running.every(({ side }) => side !== "captured");
}

async function ask(ctx: Context, order: Order, escrowOrder: EscrowOrder, nowS: number): Promise<void> {
  await payments.ask(ctx, escrowOrder, { kind: "release", amount: escrowOrder.captured }, nowS);
  await orderBook.record(ctx, order, "payment.release_asked", "the delay is over");
}

/** Orders that somebody else holds are left to their own tasks. */
async function askOthers(ctx: Context, chainId: number, nowS: number): Promise<void> {
  const found = await payments.maturedOrders(ctx, chainId, nowS, MOST_TOGETHER);
  const orders = await orderBook.lockFree(ctx, found);
  const escrowOrders = new Map(
    (
      await payments.escrowOrdersOf(
        ctx,
        orders.map(({ id }) => id),
      )
    ).map((escrowOrder) => [escrowOrder.orderId, escrowOrder]),
  );
  for (const order of orders) {
    const escrowOrder = escrowOrders.get(order.id);
    if (escrowOrder !== undefined && (await isDue(ctx, escrowOrder, nowS))) await ask(ctx, order, escrowOrder, nowS);
  }
}
