import { In } from "typeorm";
import type { Hex } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { type EscrowDomain, type Terms, termsFromJson, termsHash, termsToJson } from "../../protocol/terms.ts";
import { operatorLane } from "../chains/index.ts";
import { EscrowOrder, Payment, PaymentAuthorization, PaymentBasket } from "./entities.ts";
import { NOTHING_PAID } from "./rules.ts";

/** What a checkout decided about its payment. */
export type NewPayment = Omit<Payment, "createdAt" | "amount" | "chainId">;

/** One order's part of a payment. */
export interface NewEscrowOrder {
  readonly orderId: Id;
  readonly terms: Terms;
}

/** Opens the payment of a checkout: one escrow order per order, nothing paid yet. */
export async function open(
  ctx: Context,
  domain: EscrowDomain,
  request: NewPayment,
  orders: readonly NewEscrowOrder[],
): Promise<{ payment: Payment; escrowOrders: EscrowOrder[] }> {
  const now = ctx.clock.now();
  const amount = orders.reduce((sum, { terms }) => sum + terms.amount, 0n);
  const payment: Payment = { ...request, chainId: domain.chainId, amount, createdAt: now };
  const escrowOrders = orders.map(({ orderId, terms }) => escrowOrder(payment, domain, orderId, terms));
  await ctx.db.insert(Payment, payment);
  await ctx.db.insert(EscrowOrder, escrowOrders);
  return { payment, escrowOrders };
}

const escrowOrder = (payment: Payment, domain: EscrowDomain, orderId: Id, terms: Terms): EscrowOrder => ({
  orderId,
  paymentId: payment.id,
  ...domain,
  terms: termsToJson(terms),
  termsHash: termsHash(domain, terms),
  salt: terms.salt.toString(),
  payer: terms.payer,
  token: terms.token,
  amount: terms.amount,
  authorizeByS: terms.authorizeBy,
  captureByS: terms.captureBy,
  ...NOTHING_PAID,
  version: 0,
  updatedAt: payment.createdAt,
});

/** Where an order lives on the chain. */
export const domainOf = ({ chainId, escrow }: EscrowOrder): EscrowDomain => ({ chainId, escrow });

/** What the payer of an order consents to. */
export const termsOf = (order: Pick<EscrowOrder, "terms">): Terms => termsFromJson(order.terms);

/** The payment, or undefined; who may see it is the caller's to ask. */
export const byId = async (ctx: ReadContext, id: Id): Promise<Payment | undefined> =>
  (await ctx.db.findOneBy(Payment, { id })) ?? undefined;

/** Escrow orders of these orders, in no order. */
export const escrowOrdersOf = (ctx: ReadContext, orderIds: readonly Id[]): Promise<EscrowOrder[]> =>
  ctx.db.findBy(EscrowOrder, { orderId: In(orderIds) });

/** The escrow order of an order; throws when there is none, for checkout opens both together. */
export const escrowOrderOf = (ctx: ReadContext, orderId: Id): Promise<EscrowOrder> =>
  ctx.db.findOneByOrFail(EscrowOrder, { orderId });

/** Escrow orders of a payment, in the order they were placed. */
export const escrowOrdersIn = (ctx: ReadContext, paymentId: Id): Promise<EscrowOrder[]> =>
  ctx.db.find(EscrowOrder, { where: { paymentId }, order: { orderId: "ASC" } });

/** A release that was asked for so recently may only be on its way, in milliseconds. */
const RECENTLY_MS = 60_000;

/**
 * Orders whose captured money may be released by anybody and for which nobody asked: the longest due first.
 * @param chainTimeS newest chain second
 */
export async function maturedOrders(
  ctx: ReadContext,
  chainId: number,
  chainTimeS: number,
  most: number,
): Promise<Id[]> {
  const { rows } = await sql<{ order_id: Id }>(
    ctx.db,
    `SELECT order_id FROM escrow_order
     WHERE chain_id = :chainId AND release_at_s > 0 AND release_at_s <= :chainTimeS AND broken IS NULL
       AND confidence IN ('confirmed', 'final') AND NOT EXISTS (
         SELECT 1 FROM payment_request WHERE payment_request.order_id = escrow_order.order_id AND side = 'captured'
           AND (payment_request.state = 'open' OR payment_request.created_at > :recently))
     ORDER BY release_at_s, order_id LIMIT ${most}`,
    { chainId, chainTimeS, recently: ctx.clock.now() - RECENTLY_MS },
  );
  return rows.map(({ order_id }) => order_id);
}

/** Signatures that pay these orders one by one, where the payer gave them. */
export const authorizationsOf = (ctx: ReadContext, orderIds: readonly Id[]): Promise<PaymentAuthorization[]> =>
  ctx.db.findBy(PaymentAuthorization, { orderId: In(orderIds) });

/**
 * Keeps the signature that pays an order and asks the operator to relay it (task `operator.relay_authorization`).
 * A second signature for the order is nothing.
 */
export async function authorize(ctx: Context, orderId: Id, signature: Hex): Promise<void> {
  await sql(
    ctx.db,
    `INSERT INTO payment_authorization (order_id, signature, created_at) VALUES (:orderId, :signature, :now)
     ON CONFLICT (order_id) DO NOTHING`,
    { orderId, signature, now: ctx.clock.now() },
  );
  const { chainId } = await escrowOrderOf(ctx, orderId);
  await ctx.emit(
    "operator.relay_authorization",
    { order_id: orderId },
    { key: `relay:${orderId}`, lane: operatorLane(chainId) },
  );
}

/** Signatures that pay several orders of a payment at once, oldest first. */
export const basketsIn = (ctx: ReadContext, paymentId: Id): Promise<PaymentBasket[]> =>
  ctx.db.find(PaymentBasket, { where: { paymentId }, order: { id: "ASC" } });

/** What the operator relays for a basket; throws when there is none. */
export const basketAuthorization = (ctx: ReadContext, basketId: Id): Promise<PaymentBasket> =>
  ctx.db.findOneByOrFail(PaymentBasket, { id: basketId });

/**
 * Keeps the signature that pays several orders and asks the operator to relay it (task `operator.relay_basket`). The
 * caller holds the orders and knows that each of them waits for its payment.
 * @param orderIds in the order in which they were signed
 */
export async function authorizeBasket(
  ctx: Context,
  paymentId: Id,
  orderIds: readonly Id[],
  signature: Hex,
): Promise<void> {
  const id = newId();
  await ctx.db.insert(PaymentBasket, { id, paymentId, orderIds, signature, createdAt: ctx.clock.now() });
  const { chainId } = await ctx.db.findOneByOrFail(Payment, { id: paymentId });
  await ctx.emit(
    "operator.relay_basket",
    { basket_id: id },
    { key: `relay_basket:${id}`, lane: operatorLane(chainId) },
  );
}
