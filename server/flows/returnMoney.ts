import type { Context } from "../core/db/context.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import type { PaymentSnapshot } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";

/**
 * Asks the operator to give everything that is not released back to the payer, as far as that is not asked already.
 * @returns whether something was asked
 */
export async function returnMoney(ctx: Context, orderId: Id, { held, captured }: PaymentSnapshot): Promise<boolean> {
  const escrowOrder = await payments.escrowOrderOf(ctx, orderId);
  const now = await chainTimeS(ctx, escrowOrder.chainId);
  const running = await payments.runningRequests(ctx, escrowOrder, now);
  let asked = false;
  for (const [kind, side, amount] of [
    ["void", "held", held],
    ["refund", "captured", captured],
  ] as const) {
    if (amount === 0n || running.some((request) => request.side === side)) continue;
    await payments.ask(ctx, escrowOrder, { kind, amount }, now);
    asked = true;
  }
  return asked;
}
