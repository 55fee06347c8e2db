import { type Context, system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS, liveErrands, requestPurpose } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import type { EscrowOrder, PaymentRequest } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";

/** What became of what a reorganisation took. `asked` and `waiting`: look again later. */
export type Redone = "asked" | "not_needed" | "waiting";

/**
 * Asks anew for captures, voids and refunds that were done, that a reorganisation took, and that no transaction of ours
 * will do any more: pieces that went back to stock have to be paid back, and what was sent has to be captured. An order
 * that has ended needs nothing of it: all its money goes back.
 */
export const redoUndone = (house: House, orderId: Id): Promise<Redone> =>
  house.db.write(system("returns"), async (ctx) => {
    const order = await orderBook.lock(ctx, orderId);
    if (order === undefined || order.state === "expired" || order.state === "cancelled") return "not_needed";
    const escrowOrder = await payments.escrowOrderOf(ctx, orderId);
    if (!payments.isPaid(payments.snapshot(escrowOrder))) return "not_needed";
    const nowS = await chainTimeS(ctx, escrowOrder.chainId);
    const running = await payments.runningRequests(ctx, escrowOrder, nowS);
    const undone = [...(await payments.undoneRequests(ctx, escrowOrder)), ...(await brokenPromises(ctx, orderId))];
    if (undone.length === 0) return running.length > 0 ? "waiting" : "not_needed";
    if (!payments.isReliable(payments.snapshot(escrowOrder))) return "waiting";
    const next = await nextOf(ctx, escrowOrder, undone, running);
    if (next === undefined) return "waiting";
    const request = await payments.askAnew(ctx, escrowOrder, next, nowS);
    if (request === undefined) return "not_needed";
    await orderBook.followRequest(ctx, orderId, next.id, request.id);
    const note = `${request.kind} of ${request.amount}, which a reorganisation took`;
    await orderBook.record(ctx, order, "payment.asked_anew", note);
    return "asked";
  });

/** Requests that were given up although their pieces are back in stock: what was asked anew may have failed. */
async function brokenPromises(ctx: Context, orderId: Id): Promise<PaymentRequest[]> {
  const refunds = (await orderBook.refundsOf(ctx, [orderId])).get(orderId) ?? [];
  const restocked = refunds.flatMap((refund) =>
    refund.lines.flatMap((line) => (line.restockedAt === null ? [] : (orderBook.requestOf(refund, line) ?? []))),
  );
  const requests = await payments.requestsByIds(ctx, [...new Set(restocked)]);
  return [...requests.values()].filter(({ state }) => state === "dropped");
}

/** The oldest that no transaction of ours may still do, while nothing else waits for the same money. */
async function nextOf(
  ctx: Context,
  order: EscrowOrder,
  undone: readonly PaymentRequest[],
  running: readonly PaymentRequest[],
): Promise<PaymentRequest | undefined> {
  const purposeOf = ({ kind, id }: PaymentRequest) => requestPurpose(kind, order.termsHash, id);
  const live = await liveErrands(ctx, order.chainId, undone.map(purposeOf));
  const alive = new Set(live.map(({ purpose }) => purpose));
  const free = undone.filter(({ side }) => running.every((request) => request.side !== side));
  return free.find((request) => !alive.has(purposeOf(request)));
}
