import type { Hex } from "viem";
import type { TokenConfig } from "../config.ts";
import type { Context, ReadContext } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import { problems } from "../core/http/problems.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, type Payment, paymentProblems } from "../modules/payments/index.ts";

/** A payment of the actor's own, with its orders. @throws not_found for anybody else's too */
export async function ownPayment(ctx: ReadContext, id: Id): Promise<PaymentOverview> {
  const payment = await payments.byId(ctx, id);
  if (payment === undefined || ctx.actor.kind !== "user" || payment.userId !== ctx.actor.id) throw problems.not_found();
  const escrowOrders = await payments.escrowOrdersIn(ctx, id);
  const given = await payments.authorizationsOf(
    ctx,
    escrowOrders.map(({ orderId }) => orderId),
  );
  return { payment, escrowOrders, signed: new Set(given.map(({ orderId }) => orderId)) };
}

export interface PaymentOverview {
  readonly payment: Payment;
  readonly escrowOrders: readonly EscrowOrder[];
  /** Ids of the orders that the payer's signature was given for. */
  readonly signed: ReadonlySet<Id>;
}

/**
 * Takes the payer's signature for one order of a payment and has the operator relay it. The order is found by what
 * was signed. Sent again, it is nothing.
 * @throws not_found, payment_method_unavailable, signature_mismatch, payment_expired, payment_already_authorized
 */
export async function submitAuthorization(
  house: House,
  actor: UserActor,
  request: { readonly paymentId: Id; readonly signature: Hex },
): Promise<PaymentOverview> {
  const { payment, escrowOrders } = await house.db.read(actor, (ctx) => ownPayment(ctx, request.paymentId));
  if (payment.method !== "escrow_erc3009")
    throw paymentProblems.payment_method_unavailable("This payment is made by transactions of the payer.");
  const token = tokenOf(house, payment);
  const signature = payments.canonicalSignature(request.signature);
  const order = signature && (await payments.orderSigned(escrowOrders, token, signature));
  if (signature === undefined || order === undefined)
    throw paymentProblems.signature_mismatch(`It is of no order of this payment by ${payment.payer}.`);

  return house.db.write(actor, async (ctx) => {
    const { signed } = await ownPayment(ctx, payment.id);
    if (!signed.has(order.orderId)) {
      await assertPayable(ctx, order.orderId);
      await payments.authorize(ctx, order.orderId, signature);
    }
    return ownPayment(ctx, payment.id);
  });
}

/** Whether the chain could still take a payment of this order, and the shop wants it. */
async function assertPayable(ctx: Context, orderId: Id): Promise<void> {
  const order = await orderBook.lock(ctx, orderId);
  if (order === undefined) throw orderProblems.order_not_found();
  const { state, authorizeByS, chainId } = await payments.escrowOrderOf(ctx, orderId);
  if (state !== "pending") throw paymentProblems.payment_already_authorized();
  const nowS = Math.max(ctx.clock.now() / 1_000, await chainTimeS(ctx, chainId));
  if (order.state !== "placed" || nowS >= authorizeByS)
    throw paymentProblems.payment_expired(`The order is ${order.state}; order again.`);
}

/** The configured token of a payment. */
export function tokenOf({ config }: Pick<House, "config">, { token }: Pick<Payment, "token">): TokenConfig {
  const found = config.chain.tokens.find(({ address }) => address === token);
  if (found === undefined) throw new Error(`${token} is not in the configuration any more`);
  return found;
}
