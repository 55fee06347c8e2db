import { randomBytes } from "node:crypto";
import { toHex } from "viem";
import type { Config, TokenConfig } from "../config.ts";
import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import { type Id, newId } from "../core/ids.ts";
import { addressOf, walletOf } from "../modules/accounts/index.ts";
import * as carts from "../modules/carts/index.ts";
import { cartProblems } from "../modules/carts/index.ts";
import { offersIn } from "../modules/catalog/index.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import { assertSelling, type Channel, channelByCode } from "../modules/channels/index.ts";
import { reserve } from "../modules/inventory/index.ts";
import { type ExpressType, expressType } from "../modules/logistics/index.ts";
import { merchantsByIds } from "../modules/merchants/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { type NewOrder, orderProblems, type PlacedOrder, type ShippingAddress } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, type Payment, type PaymentMethod, paymentProblems } from "../modules/payments/index.ts";
import { type MerchantQuote, quote } from "../modules/pricing/index.ts";
import { termsFor, tokenFor } from "../modules/settlement/index.ts";
import type { Terms } from "../protocol/terms.ts";
import { validateTerms } from "../protocol/validateTerms.ts";

export interface CheckoutRequest {
  /** One of the shopper's own addresses. */
  readonly addressId: Id;
  /** Code of an express type. */
  readonly expressType: string;
  readonly method: PaymentMethod;
  /** Code of a channel; the oldest open one unless said. */
  readonly channel?: string | undefined;
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
 * cart_empty, good_not_listed, out_of_stock, terms_refused
 */
export const checkout = (house: House, actor: UserActor, request: CheckoutRequest): Promise<Checkout> =>
  house.db.write(actor, async (ctx) => {
    const basket = await readBasket(house, ctx, actor, request);
    const placed = basket.quotes.map((part) => ({ orderId: newId(), part }));
    const terms = await agreeTerms(house, ctx, actor, basket, placed);
    const paymentId = newId();
    const orders = await orderBook.place(
      ctx,
      placed.map(({ orderId, part }) => newOrder(orderId, paymentId, actor.id, basket, part)),
    );
    const { payment, escrowOrders } = await payments.open(
      ctx,
      { chainId: house.config.chain.id, escrow: house.config.chain.escrow },
      newPayment(paymentId, actor.id, request.method, basket, terms),
      terms,
    );
    const until = payment.authorizeByS * 1_000;
    for (const { order, lines } of orders) await reserve(ctx, order.id, lines, until);
    await carts.clear(ctx, actor.id, basket.channel.id);
    for (const { order } of orders)
      await ctx.emit("order.expire", { order_id: order.id }, { key: `order.expire:${order.id}`, runAt: until });
    return { payment, orders: zip(orders, escrowOrders) };
  });

/** All that a checkout is decided by. */
interface Basket {
  readonly channel: Channel;
  readonly express: ExpressType;
  readonly token: TokenConfig;
  readonly address: ShippingAddress;
  readonly total: number;
  readonly quotes: readonly MerchantQuote[];
}

async function readBasket(house: House, ctx: Context, actor: UserActor, request: CheckoutRequest): Promise<Basket> {
  const channel = await channelByCode(ctx, request.channel);
  assertSelling(channel);
  const express = expressType(house.config, request.expressType, channel.currency);
  const token = tokenFor(house.config.chain.tokens, channel.currency, request.method);
  if (token === undefined)
    throw paymentProblems.payment_method_unavailable(`No token pays ${channel.currency} by ${request.method}.`);
  const { recipient, phone, country, region, city, street, postalCode } = await addressOf(
    ctx,
    actor.id,
    request.addressId,
  );
  const { merchants, total } = quote(await pricedLines(ctx, actor.id, channel), express, channel);
  const address = { recipient, phone, country, region, city, street, postal_code: postalCode };
  return { channel, express, token, address, total, quotes: merchants };
}

async function pricedLines(ctx: Context, userId: Id, channel: Channel) {
  const lines = await carts.linesOf(ctx, userId, channel.id);
  if (lines.length === 0) throw orderProblems.cart_empty();
  const goodIds = lines.map(({ goodId }) => goodId);
  const offers = await offersIn(ctx, channel.id, goodIds);
  return lines.map(({ goodId, count }) => {
    const offer = offers.get(goodId);
    if (offer === undefined || !offer.open) throw cartProblems.good_not_listed(undefined, { good_id: goodId });
    return { goodId, count, merchantId: offer.merchantId, name: offer.name, price: offer.price, pieceFreight: offer.freight };
  });
}

interface Placed {
  readonly orderId: Id;
  readonly part: MerchantQuote;
}

/** Terms for every order, each as the escrow would take it now. @throws terms_refused */
async function agreeTerms(
  { config, clock }: House,
  ctx: Context,
  actor: UserActor,
  basket: Basket,
  placed: readonly Placed[],
): Promise<{ orderId: Id; terms: Terms }[]> {
  const payer = await walletOf(ctx, actor.id);
  const nowS = Math.max(Math.floor(clock.now() / 1_000), await chainTimeS(ctx, config.chain.id));
  const merchants = await merchantsByIds(
    ctx,
    placed.map(({ part }) => part.merchantId),
  );
  return placed.map(({ orderId, part }) => {
    const merchant = merchants.get(part.merchantId);
    if (merchant === undefined) throw new Error(`there are goods of ${part.merchantId}, but no such merchant`);
    const terms = termsFor({
      ...shares(config, basket),
      ...{ payer, nowS, merchant: merchant.payee, total: part.total, freight: part.freight },
      salt: BigInt(toHex(randomBytes(8))),
    });
    const fault = validateTerms(terms, nowS, config.chain.escrow);
    if (fault !== undefined) throw paymentProblems.terms_refused(`The escrow would answer ${fault}.`, { fault });
    return { orderId, terms };
  });
}

/** What the terms of all orders of a basket have in common. */
const shares = ({ chain, settlement }: Config, { channel, express, token }: Basket) => ({
  operator: chain.operator,
  token,
  carrier: express.carrier,
  channel: { payee: channel.payee, ppm: channel.commissionPpm },
  platform: { payee: settlement.platformPayee, ppm: settlement.platformFeePpm },
  windows: settlement,
});

const newOrder = (id: Id, paymentId: Id, userId: Id, basket: Basket, part: MerchantQuote): NewOrder => ({
  ...{ id, paymentId, userId, merchantId: part.merchantId, channelId: basket.channel.id },
  ...{ currency: basket.channel.currency, goodsTotal: part.goodsTotal, freight: part.freight, total: part.total },
  ...{ expressType: basket.express.code, address: basket.address },
  lines: part.lines.map(({ goodId, name, count, price, total }) => ({ goodId, name, count, price, total })),
});

/** The payment; its quote holds as long as it can be paid. Times are the same in all of its terms. */
function newPayment(id: Id, userId: Id, method: PaymentMethod, basket: Basket, terms: readonly { terms: Terms }[]) {
  const [first] = terms;
  if (first === undefined) throw orderProblems.cart_empty();
  const { payer, token, authorizeBy } = first.terms;
  const { rateNum, rateDen } = basket.token;
  return {
    ...{ id, userId, payer, method, token, currency: basket.channel.currency, total: basket.total },
    ...{ rateNum, rateDen, rateSource: "configuration", rateValidUntil: authorizeBy * 1_000 },
    authorizeByS: authorizeBy,
  };
}

function zip(orders: readonly PlacedOrder[], escrowOrders: readonly EscrowOrder[]): Checkout["orders"] {
  const byOrder = new Map(escrowOrders.map((escrowOrder) => [escrowOrder.orderId, escrowOrder]));
  return orders.flatMap((placed) => {
    const escrowOrder = byOrder.get(placed.order.id);
    return escrowOrder === undefined ? [] : [{ ...placed, escrowOrder }];
  });
}
