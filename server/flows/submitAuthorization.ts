import type { Hex } from "viem";
import type { TokenConfig } from "../config.ts";
import type { Context, ReadContext } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import { problems } from "../core/http/problems.ts";
import type { Id } from "../core/ids.ts";
import { chainOf, chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { type Order, orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, type Payment, paymentProblems } from "../modules/payments/index.ts";

/** A payment of the actor's own, with its orders. @throws not_found for anybody else's too */
export async function ownPayment(ctx: ReadContext, id: Id): Promise<PaymentOverview> {
  const payment = await payments.byId(ctx, id);
  if (payment === undefined || ctx.actor.kind !== "user" || payment.userId !== ctx.actor.id) throw problems.not_found();
  const escrowOrders = await payments.escrowOrdersIn(ctx, id);
  const orders = new Map((await orderBook.ofPayment(ctx, id)).map((order) => [order.id, order]));
  const given = await signaturesOf(ctx, id, orders);
  const nowS = await chainTimeS(ctx, payment.chainId);
  const signed = new Set(given.flatMap(({ orderIds }) => orderIds));
  const waits = ({ orderId, state, authorizeByS }: EscrowOrder) =>
    orders.get(orderId)?.state === "placed" && state === "pending" && !signed.has(orderId) && nowS < authorizeByS;
  return { payment, escrowOrders, given, signed, waiting: escrowOrders.filter(waits) };
}

interface Given {
  readonly orderIds: readonly Id[];
  readonly signature: Hex;
}

/**
 * Signatures that the payer gave, for orders one by one and for several at once. One for several falls when an order
 * of it ends before it is relayed: the others are asked for anew. Were it relayed after all, that is no harm, for the
 * chain takes each order once and what came for the ended one is given back.
 */
async function signaturesOf(ctx: ReadContext, paymentId: Id, orders: ReadonlyMap<Id, Order>): Promise<Given[]> {
  const single = await payments.authorizationsOf(ctx, [...orders.keys()]);
  const baskets = await payments.basketsIn(ctx, paymentId);
  const hasEnded = (id: Id) => ["cancelled", "expired"].includes(orders.get(id)?.state ?? "");
  return [
    ...single.map(({ orderId, signature }) => ({ orderIds: [orderId], signature })),
    ...baskets.filter(({ orderIds }) => !orderIds.some(hasEnded)),
  ];
}

export interface PaymentOverview {
  readonly payment: Payment;
  readonly escrowOrders: readonly EscrowOrder[];
  readonly given: readonly Given[];
  /** Ids of the orders that the payer's signature was given for. */
  readonly signed: ReadonlySet<Id>;
  /** Orders that can still be paid, and for which nothing was signed. */
  readonly waiting: readonly EscrowOrder[];
}

/**
 * Takes the payer's signature for all orders of a payment that wait, or for one of them, and has the operator relay
 * it. What it pays is found by what was signed. Sent again, it is nothing.
 * @throws not_found, payment_method_unavailable, signature_mismatch, payment_expired, payment_already_authorized,
 * payment_basket_changed
 */
export async function submitAuthorization(
  house: House,
  actor: UserActor,
  request: { readonly paymentId: Id; readonly signature: Hex },
): Promise<PaymentOverview> {
  const seen = await house.db.read(actor, (ctx) => ownPayment(ctx, request.paymentId));
  const { payment } = seen;
  if (payment.method !== "escrow_erc3009")
    throw paymentProblems.payment_method_unavailable("This payment is made by transactions of the payer.");
  const signature = payments.canonicalSignature(request.signature);
  if (signature === undefined) throw mismatch(payment);
  const basket = isGiven(seen, signature) ? [] : await basketOf(house, seen, signature);

  return house.db.write(actor, async (ctx) => {
    if (basket.length > 0) await authorize(ctx, payment, basket, signature);
    return ownPayment(ctx, payment.id);
  });
}

const isGiven = ({ given }: PaymentOverview, signature: Hex): boolean =>
  given.some((one) => one.signature === signature);

const mismatch = ({ payer }: Payment) =>
  paymentProblems.signature_mismatch(`It is of no order of this payment by ${payer}.`);

/** The orders that a signature pays. @throws signature_mismatch, payment_basket_changed */
async function basketOf(
  house: House,
  { payment, escrowOrders, waiting }: PaymentOverview,
  signature: Hex,
): Promise<readonly EscrowOrder[]> {
  const token = tokenOf(house, payment);
  const now = [...payments.basketsOf(waiting), ...escrowOrders.map((order) => [order])];
  const found = await payments.basketSigned(now, token, signature);
  if (found !== undefined) return found;
  const older = await payments.basketSigned(payments.olderBaskets(escrowOrders, waiting), token, signature);
  if (older === undefined) throw mismatch(payment);
  const ids = new Set(waiting.map(({ orderId }) => orderId));
  const fallen = older.filter(({ orderId }) => !ids.has(orderId)).map(({ orderId }) => orderId);
  throw changed(fallen, ids.size > 0);
}

function changed(fallen: readonly Id[], waits: boolean) {
  const gone = `It pays ${fallen.join(" and ")} too, which cannot be paid any more or is paid already`;
  return paymentProblems.payment_basket_changed(
    waits ? `${gone}; sign the payment as it is now.` : "None of the orders it pays waits for its payment any more.",
    { order_ids: fallen },
  );
}

async function authorize(
  ctx: Context,
  payment: Payment,
  basket: readonly EscrowOrder[],
  signature: Hex,
): Promise<void> {
  const orderIds = basket.map(({ orderId }) => orderId);
  const orders = await lockAll(ctx, orderIds);
  const now = await ownPayment(ctx, payment.id);
  if (isGiven(now, signature)) return;
  const [only, ...others] = orders;
  if (only !== undefined && others.length === 0) {
    if (now.signed.has(only.id)) return;
    await assertPayable(ctx, only);
    await payments.authorize(ctx, only.id, signature);
  } else {
    const waiting = new Set(now.waiting.map(({ orderId }) => orderId));
    const fallen = orderIds.filter((id) => !waiting.has(id));
    if (fallen.length > 0) throw changed(fallen, waiting.size > 0);
    for (const order of orders) await assertPayable(ctx, order);
    await payments.authorizeBasket(ctx, payment.id, orderIds, signature);
  }
  for (const order of orders) await orderBook.record(ctx, order, "payment.authorization_given");
}

/** Orders of one payment are always locked in the order of their ids. */
async function lockAll(ctx: Context, ids: readonly Id[]): Promise<Order[]> {
  const orders: Order[] = [];
  for (const id of [...ids].sort()) {
    const order = await orderBook.lock(ctx, id);
    if (order === undefined) throw orderProblems.order_not_found();
    orders.push(order);
  }
  return orders;
}

/** Whether the chain could still take a payment of this order, and the shop wants it. */
async function assertPayable(ctx: Context, order: Order): Promise<void> {
  const { state, authorizeByS, chainId } = await payments.escrowOrderOf(ctx, order.id);
  if (state !== "pending") throw paymentProblems.payment_already_authorized();
  const nowS = Math.max(ctx.clock.now() / 1_000, await chainTimeS(ctx, chainId));
  if (order.state !== "placed" || nowS >= authorizeByS)
    throw paymentProblems.payment_expired(`The order is ${order.state}; order again.`);
}

/** The configured token of a payment. */
export function tokenOf(
  { config }: Pick<House, "config">,
  { token, chainId }: Pick<Payment, "token" | "chainId">,
): TokenConfig {
  const found = chainOf(config, chainId).tokens.find(({ address }) => address === token);
  if (found === undefined) throw new Error(`${token} of chain ${chainId} is not in the configuration any more`);
  return found;
}
