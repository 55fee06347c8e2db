import type { Address } from "viem";
import type { ChainConfig, TokenConfig } from "../config.ts";
import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import { type Id, newId } from "../core/ids.ts";
import type { Minor } from "../core/money.ts";
import { addressOf, ownWallet } from "../modules/accounts/index.ts";
import * as carts from "../modules/carts/index.ts";
import { cartProblems } from "../modules/carts/index.ts";
import { offersIn } from "../modules/catalog/index.ts";
import { allChains, chainAsked } from "../modules/chains/index.ts";
import { assertSelling, type Channel, channelByCode } from "../modules/channels/index.ts";
import { reserve } from "../modules/inventory/index.ts";
import { expressType } from "../modules/logistics/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { type NewOrder, orderProblems, type PlacedOrder, type ShippingAddress } from "../modules/orders/index.ts";
import { agentByCode, type Partner, partnerProblems } from "../modules/partners/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, type Payment, type PaymentMethod, paymentProblems } from "../modules/payments/index.ts";
import { type MerchantQuote, quote } from "../modules/pricing/index.ts";
import { breakdownOf, tokenFor } from "../modules/settlement/index.ts";
import { type Agreed, agreeTerms, type Tradable } from "./agreeTerms.ts";
import { mailPlaced } from "./mailNews.ts";

export interface CheckoutRequest {
  /** One of the shopper's own addresses. */
  readonly addressId: Id;
  /** Code of an express type. */
  readonly expressType: string;
  readonly method: PaymentMethod;
  /** The chain it is paid on; the usual one unless said. */
  readonly chainId?: number | undefined;
  /** Code of a channel; the oldest open one unless said. */
  readonly channel?: string | undefined;
  /** Code of the agent who referred the shopper; earns where the merchant's agreement knows it. */
  readonly agent?: string | undefined;
  /** One of the shopper's own wallets; the primary one unless said. */
  readonly payer?: Address | undefined;
}

/** What a checkout made: one payment, and per merchant one order with its escrow order. */
export interface Checkout {
  readonly payment: Payment;
  readonly orders: readonly (PlacedOrder & { readonly escrowOrder: EscrowOrder })[];
}

/**
 * Turns what a shopper's cart has of one channel into one order per merchant, awaiting one payment for all of them.
 * Stock is reserved until the payment's time is over.
 * @throws channel_not_found, channel_closed, unknown_express_type, payment_method_unavailable, not_found (address),
 * chain_unknown, cart_empty, good_not_listed, out_of_stock, partner_not_found, wallet_missing, wallet_not_linked, agreement_missing,
 * agreement_excludes_freight, terms_refused
 */
export const checkout = (house: House, actor: UserActor, request: CheckoutRequest): Promise<Checkout> =>
  house.db.write(actor, async (ctx) => {
    const basket = await readBasket(house, ctx, actor, request);
    const agreed = await agreeTerms(house, ctx, await ownWallet(ctx, actor.id, request.payer), basket);
    const paymentId = newId();
    const orders = await orderBook.place(
      ctx,
      agreed.map((each) => newOrder(paymentId, actor.id, basket, each)),
    );
    const { payment, escrowOrders } = await payments.open(
      ctx,
      { chainId: basket.chain.id, escrow: basket.chain.escrow },
      newPayment(paymentId, actor.id, request.method, basket, agreed),
      agreed,
    );
    const until = payment.authorizeByS * 1_000;
    for (const { order, lines } of orders) await reserve(ctx, order.id, lines, until);
    await carts.clear(ctx, actor.id, basket.channel.id);
    for (const { order } of orders) await mailPlaced(ctx, order);
    for (const { order } of orders)
      await ctx.emit("order.expire", { order_id: order.id }, { key: `order.expire:${order.id}`, runAt: until });
    return { payment, orders: zip(orders, escrowOrders) };
  });

/** All that a checkout is decided by. */
interface Basket extends Tradable {
  readonly address: ShippingAddress;
  readonly total: Minor;
  /** What one piece of each good costs its merchant, where that is known. */
  readonly costs: ReadonlyMap<Id, Minor | null>;
}

async function readBasket(house: House, ctx: Context, actor: UserActor, request: CheckoutRequest): Promise<Basket> {
  const channel = await channelByCode(ctx, request.channel);
  assertSelling(channel);
  const express = expressType(house.config, request.expressType, channel.currency);
  const chain = chainAsked(house.config, request.chainId);
  const token = tokenOn(house, chain, channel, request.method);
  const { recipient, phone, country, region, city, street, postalCode } = await addressOf(
    ctx,
    actor.id,
    request.addressId,
  );
  const lines = await pricedLines(ctx, actor.id, channel);
  const { merchants, total } = quote(lines, express, channel);
  const address = { recipient, phone, country, region, city, street, postal_code: postalCode };
  const agent = request.agent === undefined ? undefined : await agentOf(ctx, request.agent);
  const costs = new Map(lines.map(({ goodId, cost }) => [goodId, cost]));
  return { channel, chain, express, token, address, agent, total, quotes: merchants, costs };
}

/** The token that pays a channel's prices on a chain. @throws payment_method_unavailable naming chains that have one */
function tokenOn({ config }: House, chain: ChainConfig, { currency }: Channel, method: PaymentMethod): TokenConfig {
  const token = tokenFor(chain.tokens, currency, method);
  if (token !== undefined) return token;
  const others = allChains(config).filter(({ tokens }) => tokenFor(tokens, currency, method) !== undefined);
  const ids = others.map(({ id }) => id);
  throw paymentProblems.payment_method_unavailable(
    `No token of chain ${chain.id} pays ${currency} by ${method}${ids.length > 0 ? `; chain ${ids.join(" or ")} has one` : ""}.`,
    { chain_ids: ids },
  );
}

async function agentOf(ctx: Context, code: string): Promise<Partner> {
  const agent = await agentByCode(ctx, code);
  if (agent === undefined) throw partnerProblems.partner_not_found(`There is no agent "${code}".`);
  return agent;
}

async function pricedLines(ctx: Context, userId: Id, channel: Channel) {
  const lines = await carts.linesOf(ctx, userId, channel.id);
  if (lines.length === 0) throw orderProblems.cart_empty();
  const goodIds = lines.map(({ goodId }) => goodId);
  const offers = await offersIn(ctx, channel.id, goodIds);
  return lines.map(({ goodId, count }) => {
    const offer = offers.get(goodId);
    if (offer === undefined || !offer.open) throw cartProblems.good_not_listed(undefined, { good_id: goodId });
    return {
      goodId,
      count,
      merchantId: offer.merchantId,
      name: offer.name,
      price: offer.price,
      pieceFreight: offer.freight,
      cost: offer.cost,
    };
  });
}

const newOrder = (paymentId: Id, userId: Id, basket: Basket, { orderId, part, terms }: Agreed): NewOrder => ({
  ...{ id: orderId, paymentId, userId, merchantId: part.merchantId, channelId: basket.channel.id },
  ...{ currency: basket.channel.currency, goodsTotal: part.goodsTotal, freight: part.freight, total: part.total },
  ...{ expressType: basket.express.code, address: basket.address, agentId: basket.agent?.id ?? null },
  breakdown: breakdownOf({ ...part, currency: basket.channel.currency, lines: costed(part, basket) }, terms),
  lines: part.lines.map(({ goodId, name, count, price, total, freight }) => ({
    ...{ goodId, name, count, price, total, freight },
  })),
});

const costed = ({ lines }: MerchantQuote, { costs }: Basket) =>
  lines.map(({ goodId, count }) => ({ count, cost: costs.get(goodId) ?? null }));

/** The payment; its quote holds as long as all of its orders can be paid. */
function newPayment(id: Id, userId: Id, method: PaymentMethod, basket: Basket, agreed: readonly Agreed[]) {
  const [first] = agreed;
  if (first === undefined) throw orderProblems.cart_empty();
  const { rateNum, rateDen } = basket.token;
  const authorizeByS = Math.min(...agreed.map(({ terms }) => terms.authorizeBy));
  return {
    ...{ id, userId, payer: first.terms.payer, method, token: first.terms.token, currency: basket.channel.currency },
    ...{ total: basket.total, rateNum, rateDen, rateSource: "configuration", rateValidUntil: authorizeByS * 1_000 },
    authorizeByS,
  };
}

function zip(orders: readonly PlacedOrder[], escrowOrders: readonly EscrowOrder[]): Checkout["orders"] {
  const byOrder = new Map(escrowOrders.map((escrowOrder) => [escrowOrder.orderId, escrowOrder]));
  return orders.flatMap((placed) => {
    const escrowOrder = byOrder.get(placed.order.id);
    return escrowOrder === undefined ? [] : [{ ...placed, escrowOrder }];
  });
}
