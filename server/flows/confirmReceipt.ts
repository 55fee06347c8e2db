import type { Hex } from "viem";
import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import { type Order, orderProblems } from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, paymentProblems } from "../modules/payments/index.ts";
import { lockedOrderAs, orderAs } from "./access.ts";
import { type OrderOverview, overview } from "./orderOverview.ts";

/** The payer's signed release of what is captured. */
export interface Receipt {
  readonly orderId: Id;
  /** Base units that the payer saw as captured. */
  readonly captured: bigint;
  readonly nonce: bigint;
  /** Last chain second at which the signature is good. */
  readonly deadline: number;
  readonly signature: Hex;
}

/**
 * The shopper has the goods and releases what is captured; the operator relays the signature.
 * @throws order_not_found, order_not_received, payment_moved, payment_expired, signature_mismatch,
 * payment_request_running
 */
export async function confirmReceipt(house: House, actor: UserActor, receipt: Receipt): Promise<OrderOverview> {
  const seen = await house.db.read(actor, async (ctx) => {
    await orderAs(ctx, receipt.orderId, "buyer");
    return payments.escrowOrderOf(ctx, receipt.orderId);
  });
  const signature = await signatureOf(seen, receipt);
  return house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, receipt.orderId, "buyer");
    const escrowOrder = await payments.escrowOrderOf(ctx, order.id);
    await askRelease(ctx, order, escrowOrder, receipt, signature);
    const delivered = order.fulfilment === "shipped" && escrowOrder.held === 0n;
    const step = { event: "order.receipt_confirmed", note: `${receipt.captured} base units are to be released` };
    return overview(ctx, await orderBook.move(ctx, order, delivered ? { ...step, fulfilment: "delivered" } : step));
  });
}

async function signatureOf(escrowOrder: EscrowOrder, { captured, nonce, deadline, signature }: Receipt): Promise<Hex> {
  const usable = payments.canonicalSignature(signature);
  const typedData = payments.releaseRequest(escrowOrder, { captured, nonce, deadline });
  if (usable === undefined || !(await payments.isSignedBy(escrowOrder.payer, typedData, usable)))
    throw paymentProblems.signature_mismatch(`It is no release of this order by ${escrowOrder.payer}.`);
  return usable;
}

async function askRelease(
  ctx: Context,
  order: Order,
  escrowOrder: EscrowOrder,
  { captured, nonce, deadline }: Receipt,
  signature: Hex,
): Promise<void> {
  const nowS = await chainTimeS(ctx, escrowOrder.chainId);
  if (order.state !== "confirmed" || escrowOrder.captured === 0n)
    throw orderProblems.order_not_received(`The order is ${order.state}, ${escrowOrder.captured} base units wait.`);
  if (captured !== escrowOrder.captured)
    throw paymentProblems.payment_moved(`${escrowOrder.captured} base units are captured, not ${captured}.`, {
      captured: escrowOrder.captured.toString(),
    });
  if (deadline <= nowS) throw paymentProblems.payment_expired("The deadline of the signature has passed.");
  const proof = { nonce: nonce.toString(), deadline: deadline.toString(), signature };
  await payments.ask(ctx, escrowOrder, { kind: "release", amount: captured, proof }, nowS);
}
