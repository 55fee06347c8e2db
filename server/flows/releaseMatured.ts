import { system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";

/** What became of money whose delay may be over. `waiting`: ask again later. */
export type Maturity = "asked" | "not_needed" | "waiting";

/**
 * Has the operator release what is captured of an order once its delay is over by the chain's clock; from then on
 * the escrow takes that call from anybody.
 */
export const releaseMatured = (house: House, orderId: Id): Promise<Maturity> =>
  house.db.write(system("settlement"), async (ctx) => {
    const order = await orderBook.lock(ctx, orderId);
    const escrowOrder = await payments.escrowOrderOf(ctx, orderId);
    const { captured, releaseAtS, chainId } = escrowOrder;
    if (order === undefined || captured === 0n) return "not_needed";
    const nowS = await chainTimeS(ctx, chainId);
    if (nowS < releaseAtS || !payments.isReliable(payments.snapshot(escrowOrder))) return "waiting";
    const running = await payments.runningRequests(ctx, escrowOrder, nowS);
    if (running.some(({ side }) => side === "captured")) return "waiting";
    await payments.ask(ctx, escrowOrder, { kind: "release", amount: captured }, nowS);
    await orderBook.record(ctx, order, "payment.release_asked", "the delay is over");
    return "asked";
  });
