import type { Context } from "../core/db/context.ts";
import { gather } from "../core/db/gather.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import { takeAgain, takeAll } from "../modules/inventory/index.ts";
import type { OrderHead } from "../modules/orders/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import type { PaymentChange, PaymentSnapshot } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";
import { recordLatePayments } from "./paymentExceptions.ts";
import { nextStep, type PaymentStep } from "./paymentSteps.ts";
import { returnMoney } from "./returnMoney.ts";
import { putStockBack, settleRefunds } from "./stock.ts";
import { type Telling, tellAll } from "./tell.ts";

/**
 * Lets orders follow what the chain says of their payments: called by the listener, inside the transaction in which
 * `payments.applyFolds` wrote it. The same changes a second time are nothing.
 */
export const recordPayments = (ctx: Context, changes: readonly PaymentChange[]): Promise<void> =>
  gather(ctx, () => followAll(ctx, changes));

async function followAll(ctx: Context, changes: readonly PaymentChange[]): Promise<void> {
  const orders = await orderBook.lockAll(
    ctx,
    changes.map(({ orderId }) => orderId),
  );
  const paid = changes.map((change): Paid => {
    const order = orders.get(change.orderId);
    if (order === undefined) throw new Error(`there is a payment of ${change.orderId}, but no such order`);
    return { order, change };
  });
  for (const one of paid) await noteChange(ctx, one);
  const settled = await settleAll(ctx, paid);
  const together: Together = { ...(await moveStock(ctx, settled)), told: [] };
  const ended: Paid[] = [];
  for (const { order, change } of settled) {
    const after = await takeSteps(ctx, order, change.after, together);
    if (after.state === "expired" || after.state === "cancelled") ended.push({ order: after, change });
  }
  await tellAll(ctx, together.told);
  await recordLatePayments(ctx, ended);
}

/** An order, and what became of its payment. */
interface Paid {
  readonly order: OrderHead;
  readonly change: PaymentChange;
}

/** What is done for many orders at once: before and after each of them takes its steps. */
interface Together {
  /** The orders to be confirmed whose stock is theirs. */
  readonly stocked: ReadonlySet<Id>;
  /** The orders to be cancelled whose stock is back. */
  readonly unstocked: ReadonlySet<Id>;
  /** What people are told, oldest first. */
  readonly told: Telling[];
}

/** Writes down what became of a payment, whatever its order makes of it. */
async function noteChange(ctx: Context, { order, change }: Paid): Promise<void> {
  const { before, after } = change;
  if (before.state !== after.state || before.confidence !== after.confidence)
    await orderBook.record(ctx, order, `payment.${after.state}`, after.broken ?? after.confidence ?? undefined);
  await scheduleRelease(ctx, change);
  if (payments.wasTakenBack(change)) await watchUndone(ctx, change);
}

/** Lets the orders follow refunds that are done. @returns all of them, as they are then */
async function settleAll(ctx: Context, paid: readonly Paid[]): Promise<Paid[]> {
  const returned = paid.filter(({ change: { after } }) => payments.isReliable(after) && after.returned > 0n);
  const orders = await settleRefunds(
    ctx,
    returned.map(({ order }) => order),
  );
  const settled = new Map(orders.map((order) => [order.id, order]));
  return paid.map(({ order, change }) => ({ order: settled.get(order.id) ?? order, change }));
}

/** Takes the stock of orders that their payments confirm, and puts that of those back which they cancel. */
async function moveStock(ctx: Context, paid: readonly Paid[]): Promise<Omit<Together, "told">> {
  const next = (step: PaymentStep): OrderHead[] =>
    paid.flatMap(({ order, change }) => (nextStep(order, change.after) === step ? [order] : []));
  const idsOf = (orders: readonly OrderHead[]): Id[] => orders.map(({ id }) => id);
  const cancelled = next("cancel");
  await putStockBack(ctx, cancelled);
  return { stocked: await takeAll(ctx, idsOf(next("confirm"))), unstocked: new Set(idsOf(cancelled)) };
}

/** @returns the order as it is then */
async function takeSteps(
  ctx: Context,
  from: OrderHead,
  payment: PaymentSnapshot,
  together: Together,
): Promise<OrderHead> {
  let order = from;
  for (let step = nextStep(order, payment); step !== undefined; step = nextStep(order, payment)) {
    order = await STEPS[step](ctx, order, payment, together);
    if (step === "return_money") break;
  }
  return order;
}

type Take = (ctx: Context, order: OrderHead, payment: PaymentSnapshot, together: Together) => Promise<OrderHead>;

const STEPS: Readonly<Record<PaymentStep, Take>> = {
  confirm: async (ctx, order, _, { stocked, told }) => {
    if (!(stocked.has(order.id) || (await takeAgain(ctx, order.id)))) return endWithoutStock(ctx, order, told);
    const confirmed = await orderBook.move(ctx, order, { event: "order.confirmed", state: "confirmed" });
    told.push({ order: confirmed, news: "payment.confirmed" });
    return confirmed;
  },

  hold: async (ctx, order, { broken }, { told }) => {
    const note = broken ?? "the payment is gone from the chain";
    const held = await orderBook.move(ctx, order, { event: "order.on_hold", state: "on_hold", note });
    told.push({ order: held, news: "payment.reverted" });
    if (broken === null) await watchLostPayment(ctx, held);
    return held;
  },

  resume: async (ctx, order, _, { told }) => {
    const resumed = await orderBook.move(ctx, order, { event: "order.resumed", state: "confirmed" });
    told.push({ order: resumed, news: "payment.confirmed" });
    return resumed;
  },

  complete: async (ctx, order, _, { told }) => {
    const { fulfilment } = order;
    const wasSent = fulfilment === "shipped" || fulfilment === "partially_shipped";
    const delivered = wasSent ? "delivered" : fulfilment;
    const step = { event: "order.completed", state: "completed" as const, fulfilment: delivered };
    const completed = await orderBook.move(ctx, order, step);
    told.push({ order: completed, news: "order.completed" });
    return completed;
  },

  reopen: (ctx, order) => orderBook.move(ctx, order, { event: "order.reopened", state: "confirmed" }),

  cancel: async (ctx, order, { state }, { unstocked, told }) => {
    const note = `the payment was ${state}`;
    const cancelled = await orderBook.move(ctx, order, { event: "order.cancelled", state: "cancelled", note });
    if (!unstocked.has(order.id)) await putStockBack(ctx, [order]);
    told.push({ order: cancelled, news: "order.cancelled" });
    return cancelled;
  },

  return_money: async (ctx, order, payment, { told }) => {
    if (!(await returnMoney(ctx, order.id, payment))) return order;
    await orderBook.record(ctx, order, "payment.return_asked", `paid although the order was ${order.state}`);
    told.push({ order: order, news: "payment.returning", onlyBuyer: true });
    return order;
  },
};

/** It was paid, but its goods were given back and are sold: it ends, and the next step returns the money. */
async function endWithoutStock(ctx: Context, order: OrderHead, told: Telling[]): Promise<OrderHead> {
  const note = "it was paid, but its goods were given back before and are sold by now";
  const cancelled = await orderBook.move(ctx, order, { event: "order.cancelled", state: "cancelled", note });
  told.push({ order: cancelled, news: "order.cancelled" });
  return cancelled;
}

/** An order whose payment is lost ends by the same task as one that was never paid, once it cannot be paid again. */
async function watchLostPayment(ctx: Context, { id }: OrderHead): Promise<void> {
  const { authorizeByS, version, chainId } = await payments.escrowOrderOf(ctx, id);
  const runAt = Math.max(authorizeByS, await chainTimeS(ctx, chainId)) * 1_000;
  await ctx.emit("order.expire", { order_id: id }, { key: `order.expire:${id}:${version}`, runAt });
}

/**
 * What is captured is released when its delay is over, unless the shopper does it before. A reorg may take a capture
 * just when its task runs, and bring it back as it was: so the key names the change, or the task that found nothing
 * to do would have been the last.
 */
async function scheduleRelease(ctx: Context, { orderId, before, after, version }: PaymentChange): Promise<void> {
  const { captured, releaseAtS } = after;
  if (captured === 0n || releaseAtS === before.releaseAtS) return;
  const key = `order.release:${orderId}:${releaseAtS}:${version}`;
  await ctx.emit("order.release", { order_id: orderId }, { key, runAt: releaseAtS * 1_000 });
}

/** How long a transaction of ours is given to find another block after a reorganisation, in milliseconds. */
const ANOTHER_BLOCK_MS = 60_000;

/** What the operator did may have to be asked for anew. */
async function watchUndone(ctx: Context, { orderId, version }: PaymentChange): Promise<void> {
  const options = { key: `order.redo:${orderId}:${version}`, runAt: ctx.clock.now() + ANOTHER_BLOCK_MS };
  await ctx.emit("order.redo", { order_id: orderId }, options);
}
