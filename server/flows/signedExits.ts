import type { Hex } from "viem";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS, operatorLane } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, paymentProblems } from "../modules/payments/index.ts";
import type { TypedDataJson } from "../protocol/typedData.ts";
import { lockedOrderAs, orderAs } from "./access.ts";
import { type OrderOverview, overview } from "./orderOverview.ts";

/** What a payer signed to get out of an order. */
export interface SignedExit {
  readonly orderId: Id;
  /** Last chain second at which the signature is good. */
  readonly deadline: number;
  readonly signature: Hex;
}

/** How long a reclaim that is offered for signing stays good, in seconds. */
const RECLAIM_OFFER_S = 24 * 3_600;

/** A form for the payer to sign. */
export interface Offer {
  readonly deadline: number;
  readonly typedData: TypedDataJson;
}

/** The burning of an order's terms, while nothing is paid and something still could be. @param nowS chain second */
export function cancelTermsOffer(order: EscrowOrder, nowS: number): Offer | undefined {
  const { state, authorizeByS: deadline } = order;
  if (state !== "pending" || nowS >= deadline) return undefined;
  return { deadline, typedData: payments.cancelTermsRequest(order, deadline) };
}

/** The reclaim of what is held, once nobody can capture it any more. @param nowS chain second */
export function reclaimOffer(order: EscrowOrder, nowS: number): Offer | undefined {
  if (order.held === 0n || nowS < order.captureByS) return undefined;
  const deadline = nowS + RECLAIM_OFFER_S;
  return { deadline, typedData: payments.reclaimRequest(order, deadline) };
}

/**
 * The payer burns the terms of an order that is not paid, so that nobody can pay it any more; the operator relays it,
 * and the order ends when the chain says so.
 * @throws order_not_found, order_not_cancellable, payment_expired, signature_mismatch
 */
export async function cancelTerms(house: House, actor: UserActor, exit: SignedExit): Promise<OrderOverview> {
  const signature = await checked(house, actor, exit, payments.cancelTermsRequest);
  return house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, exit.orderId, "buyer");
    const { state, chainId } = await payments.escrowOrderOf(ctx, order.id);
    if (state !== "pending") throw orderProblems.order_not_cancellable(`Its payment is ${state}.`);
    assertInTime(exit, await chainTimeS(ctx, chainId));
    const payload = { order_id: order.id, deadline: exit.deadline.toString(), signature };
    const key = `operator.cancel_terms:${order.id}:${exit.deadline}`;
    await ctx.emit("operator.cancel_terms", payload, { key, lane: operatorLane(chainId) });
    await orderBook.record(ctx, order, "payment.cancel_terms_asked");
    return overview(ctx, order);
  });
}

/**
 * The payer takes back what is still held once the time to capture it is over; the operator relays it, and it is paid
 * out to the payer's wallet.
 * @throws order_not_found, payment_not_confirmed, payment_not_reclaimable, payment_expired, signature_mismatch,
 * payment_request_running
 */
export async function reclaim(house: House, actor: UserActor, exit: SignedExit): Promise<OrderOverview> {
  const signature = await checked(house, actor, exit, payments.reclaimRequest);
  return house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, exit.orderId, "buyer");
    const escrowOrder = await payments.escrowOrderOf(ctx, order.id);
    const { held, captureByS, chainId } = escrowOrder;
    const nowS = await chainTimeS(ctx, chainId);
    if (held === 0n) throw paymentProblems.payment_not_reclaimable("Nothing is held for it.");
    if (nowS < captureByS)
      throw paymentProblems.payment_not_reclaimable(`Its seller can capture it for ${captureByS - nowS} seconds yet.`);
    if (!payments.isReliable(payments.snapshot(escrowOrder))) throw paymentProblems.payment_not_confirmed();
    assertInTime(exit, nowS);
    const proof = { deadline: exit.deadline.toString(), signature };
    await payments.ask(ctx, escrowOrder, { kind: "reclaim", amount: held, proof }, nowS);
    await orderBook.record(ctx, order, "payment.reclaim_asked", `${held} base units`);
    return overview(ctx, order);
  });
}

/** The signature in the form the escrow takes, once it is known to be the payer's. */
async function checked(
  house: House,
  actor: UserActor,
  { orderId, deadline, signature }: SignedExit,
  request: (order: EscrowOrder, deadline: number) => TypedDataJson,
): Promise<Hex> {
  const order = await house.db.read(actor, async (ctx) => {
    await orderAs(ctx, orderId, "buyer");
    return payments.escrowOrderOf(ctx, orderId);
  });
  const usable = payments.canonicalSignature(signature);
  if (usable === undefined || !(await payments.isSignedBy(order.payer, request(order, deadline), usable)))
    throw paymentProblems.signature_mismatch(`${order.payer} did not sign this for this order and deadline.`);
  return usable;
}

function assertInTime({ deadline }: SignedExit, nowS: number): void {
  if (deadline <= nowS) throw paymentProblems.payment_expired("The deadline of the signature has passed.");
}
