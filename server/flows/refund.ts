import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import {
  kept,
  type LineProgress,
  type Order,
  orderProblems,
  type Pieces,
  type RefundedPieces,
  unsent,
  worthOfShippedRefund,
  worthOfUnsentRefund,
} from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, type PaymentRequest, paymentProblems } from "../modules/payments/index.ts";
import { lockedOrderAs } from "./access.ts";
import { type KnownRefund, partsOf } from "./orderParts.ts";
import { settleRefunds } from "./stock.ts";
import { tellBuyer } from "./tell.ts";

/** Pieces of one good to be refunded. */
export interface LineToRefund extends Pieces {
  /** Only of those that were sent, or only of those that were not; unless said, first of those that were not. */
  readonly shipped?: boolean | undefined;
}

/** Either pieces or an amount. */
export interface RefundRequest {
  readonly orderId: Id;
  readonly lines?: readonly LineToRefund[] | undefined;
  /** Base units of the order's token. */
  readonly amount?: bigint | undefined;
  readonly reason?: string | undefined;
  /** Whether refunded pieces that were sent have come back and can be sold again. */
  readonly restock?: boolean | undefined;
}

export interface Refund {
  readonly escrowOrder: EscrowOrder;
  readonly refund: KnownRefund;
}

/** What goes back, decided: base units of either quantity, and the pieces they are for. */
interface Returning {
  readonly held: bigint;
  readonly captured: bigint;
  readonly lines: readonly RefundedPieces[];
}

/**
 * The seller gives money back before it is released. Pieces are worth their share of the order: those that were not
 * sent are paid back of what is held (a void) and go back to stock, those that were sent of what is captured
 * (a refund). An amount is taken first of what is held. The chain decides.
 * @throws order_not_found, order_not_refundable, pieces_exceeded, payment_not_confirmed, payment_amount_exceeded,
 * payment_request_running
 */
export const refund = (house: House, actor: UserActor, request: RefundRequest): Promise<Refund> =>
  house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, request.orderId, "seller");
    const escrowOrder = await payments.escrowOrderOf(ctx, order.id);
    assertRefundable(order, escrowOrder);
    const nowS = await chainTimeS(ctx, escrowOrder.chainId);
    const returning =
      request.lines === undefined
        ? byAmount(escrowOrder, request.amount ?? 0n)
        : byLines((await partsOf(ctx, escrowOrder)).lines, request.lines, request.restock ?? false);
    const asked = await askFor(ctx, escrowOrder, returning, nowS);
    const { orderId, reason } = request;
    const added = await orderBook.addRefund(ctx, {
      ...{ orderId, reason, lines: returning.lines, amount: returning.held + returning.captured },
      voidRequestId: asked.voided?.id ?? null,
      refundRequestId: asked.refunded?.id ?? null,
    });
    await orderBook.record(ctx, order, "payment.refund_asked", noteOf(added));
    await tellBuyer(ctx, order, "payment.refunding");
    await settleRefunds(ctx, [order]);
    return {
      escrowOrder,
      refund: { ...added, requests: [asked.voided, asked.refunded].filter((one) => one !== undefined) },
    };
  });

function assertRefundable({ state }: Order, payment: EscrowOrder): void {
  if (state !== "confirmed") throw orderProblems.order_not_refundable(`The order is ${state}.`);
  if (!payments.isReliable(payments.snapshot(payment))) throw paymentProblems.payment_not_confirmed();
}

function byAmount({ held, captured }: EscrowOrder, amount: bigint): Returning {
  if (amount > held + captured) throw exceeded(held + captured, "can be refunded");
  const ofHeld = amount < held ? amount : held;
  return { held: ofHeld, captured: amount - ofHeld, lines: [] };
}

/** @throws pieces_exceeded; a good is named once in `wanted` */
function byLines(progress: readonly LineProgress[], wanted: readonly LineToRefund[], restock: boolean): Returning {
  const lines = wanted.flatMap((one) => piecesOf(progress, one, restock));
  const sum = (shipped: boolean) =>
    lines.reduce((total, line) => (line.shipped === shipped ? total + line.amount : total), 0n);
  return { held: sum(false), captured: sum(true), lines };
}

function piecesOf(
  progress: readonly LineProgress[],
  { goodId, count, shipped }: LineToRefund,
  restock: boolean,
): RefundedPieces[] {
  const line = progress.find((one) => one.goodId === goodId);
  const here = line === undefined || shipped === true ? 0 : unsent(line);
  const sent = line === undefined || shipped === false ? 0 : kept(line);
  if (line === undefined || count > here + sent)
    throw orderProblems.pieces_exceeded(`${here + sent} of it can be refunded, not ${count}.`, {
      good_id: goodId,
      available: here + sent,
    });
  const ofHere = Math.min(count, here);
  const ofSent = count - ofHere;
  return [
    { goodId, shipped: false, count: ofHere, amount: worthOfUnsentRefund(line, ofHere), restock: true },
    { goodId, shipped: true, count: ofSent, amount: worthOfShippedRefund(line, ofSent), restock },
  ].filter((pieces) => pieces.count > 0);
}

/** Has the operator give back both parts. @throws payment_request_running while either quantity waits for the chain */
async function askFor(
  ctx: Context,
  escrowOrder: EscrowOrder,
  { held, captured }: Returning,
  nowS: number,
): Promise<{ voided?: PaymentRequest; refunded?: PaymentRequest }> {
  const running = await payments.runningRequests(ctx, escrowOrder, nowS);
  // What was sent a moment ago is captured soon; until then it is still held.
  if (captured > escrowOrder.captured && running.length > 0) throw paymentProblems.payment_request_running();
  if (held > escrowOrder.held) throw exceeded(escrowOrder.held, "are held for what was not sent");
  if (captured > escrowOrder.captured) throw exceeded(escrowOrder.captured, "are captured and not released");
  if (captured > 0n && nowS >= escrowOrder.releaseAtS)
    throw orderProblems.order_not_refundable("What is captured is due to the payees by now.");
  return {
    ...(held > 0n ? { voided: await payments.ask(ctx, escrowOrder, { kind: "void", amount: held }, nowS) } : {}),
    ...(captured > 0n
      ? { refunded: await payments.ask(ctx, escrowOrder, { kind: "refund", amount: captured }, nowS) }
      : {}),
  };
}

const exceeded = (available: bigint, what: string) =>
  paymentProblems.payment_amount_exceeded(`${available} base units ${what}.`, { available: available.toString() });

function noteOf({ amount, reason, lines }: KnownRefund | Omit<KnownRefund, "requests">): string {
  const pieces = lines.reduce((sum, { count }) => sum + count, 0);
  const what = pieces > 0 ? `${amount} base units for ${pieces} pieces` : `${amount} base units`;
  return reason === null ? what : `${what}: ${reason}`;
}
