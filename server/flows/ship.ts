import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { Id } from "../core/ids.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import {
  captureFor,
  type LineProgress,
  type Order,
  orderProblems,
  type Pieces,
  unsent,
} from "../modules/orders/index.ts";
import * as payments from "../modules/payments/index.ts";
import { type EscrowOrder, paymentProblems } from "../modules/payments/index.ts";
import { lockedOrderAs } from "./access.ts";
import { type OrderOverview, overview } from "./orderOverview.ts";
import { partsOf } from "./orderParts.ts";
import { tellBuyer } from "./tell.ts";

export interface ShipRequest {
  readonly orderId: Id;
  /** What is in the parcel; without lines and amount, everything that was not sent yet. */
  readonly lines?: readonly Pieces[] | undefined;
  /** Base units of the order's token to capture, for a parcel whose content is not told. */
  readonly amount?: bigint | undefined;
  readonly trackingNo?: string | undefined;
}

/** One parcel, decided. */
interface Parcel {
  readonly lines: readonly Pieces[];
  /** Base units to be captured; 0 where nothing is held for it. */
  readonly amount: bigint;
  /** Whether anything is left to be sent after it. */
  readonly leavesSome: boolean;
}

/**
 * The seller sends an order, or a part of it, and has the operator capture its money: what is in the parcel by its
 * share of the order, so that all parcels together capture exactly what was not given back.
 * @throws order_not_found, order_not_shippable, pieces_exceeded, payment_not_confirmed, payment_amount_exceeded,
 * payment_request_running
 */
export const ship = (house: House, actor: UserActor, request: ShipRequest): Promise<OrderOverview> =>
  house.db.write(actor, async (ctx) => {
    const order = await lockedOrderAs(ctx, request.orderId, "seller");
    const escrowOrder = await payments.escrowOrderOf(ctx, order.id);
    const nowS = await chainTimeS(ctx, escrowOrder.chainId);
    assertShippable(order, escrowOrder, nowS);
    const parcel = await packed(ctx, escrowOrder, request);
    await askCapture(ctx, escrowOrder, parcel, nowS);
    return overview(ctx, await sendOff(ctx, order, escrowOrder, parcel, request.trackingNo));
  });

function assertShippable(order: Order, payment: EscrowOrder, nowS: number): void {
  const { order_not_shippable } = orderProblems;
  if (order.state !== "confirmed") throw order_not_shippable(`The order is ${order.state}.`);
  if (order.fulfilment === "delivered" || order.fulfilment === "returned")
    throw order_not_shippable(`The order is ${order.fulfilment}.`);
  if (!payments.isReliable(payments.snapshot(payment))) throw paymentProblems.payment_not_confirmed();
  if (payment.held > 0n && nowS >= payment.captureByS)
    throw order_not_shippable("The time to capture its money is over.");
}

async function packed(ctx: Context, escrowOrder: EscrowOrder, request: ShipRequest): Promise<Parcel> {
  const { held } = escrowOrder;
  const { lines } = await partsOf(ctx, escrowOrder);
  const left = lines.map((line) => ({ goodId: line.goodId, count: unsent(line) })).filter(({ count }) => count > 0);
  if (request.lines !== undefined) {
    const wanted = assertLeft(request.lines, lines);
    const after = lines.map((line) => ({ ...line, shipped: line.shipped + (wanted.get(line.goodId) ?? 0) }));
    const parcel = [...wanted].map(([goodId, count]) => ({ goodId, count }));
    const leavesSome = after.some((line) => unsent(line) > 0);
    return { lines: parcel, amount: captureFor(held, after), leavesSome };
  }
  const amount = request.amount ?? held;
  if (amount < held) return { lines: [], amount, leavesSome: true };
  if (held === 0n && left.length === 0)
    throw orderProblems.order_not_shippable("Everything was sent, and nothing is held for it any more.");
  return { lines: left, amount, leavesSome: false };
}

/** What of each good goes into the parcel. @throws pieces_exceeded */
function assertLeft(wanted: readonly Pieces[], lines: readonly LineProgress[]): ReadonlyMap<Id, number> {
  const counts = new Map<Id, number>();
  for (const { goodId, count } of wanted) counts.set(goodId, (counts.get(goodId) ?? 0) + count);
  for (const [goodId, count] of counts) {
    const line = lines.find((one) => one.goodId === goodId);
    const left = line === undefined ? 0 : unsent(line);
    if (count > left)
      throw orderProblems.pieces_exceeded(`${left} of it can still be sent, not ${count}.`, {
        good_id: goodId,
        available: left,
      });
  }
  return counts;
}

async function askCapture(ctx: Context, order: EscrowOrder, { amount }: Parcel, nowS: number): Promise<void> {
  if (amount > 0n) {
    await payments.ask(ctx, order, { kind: "capture", amount }, nowS);
    return;
  }
  // Pieces that cost nothing still wait for what was asked before, which may be that their order is voided.
  const running = await payments.runningRequests(ctx, order, nowS);
  if (running.some(({ side }) => side === "held")) throw paymentProblems.payment_request_running();
}

async function sendOff(
  ctx: Context,
  order: Order,
  { held }: EscrowOrder,
  { lines, amount, leavesSome }: Parcel,
  trackingNo: string | undefined,
): Promise<Order> {
  const note = [
    ...(lines.length > 0 ? [`${lines.reduce((sum, { count }) => sum + count, 0)} pieces`] : []),
    ...(trackingNo === undefined ? [] : [`tracking number ${trackingNo}`]),
    `${amount} of ${held} held base units are to be captured`,
  ].join("; ");
  const goesOut = lines.length > 0 || order.fulfilment !== "shipped";
  if (!goesOut) {
    await orderBook.record(ctx, order, "order.capture_asked", note);
    return order;
  }
  await orderBook.addShipment(ctx, { orderId: order.id, lines, trackingNo, amount });
  const isPart = leavesSome && order.fulfilment !== "shipped";
  const fulfilment = isPart ? ("partially_shipped" as const) : ("shipped" as const);
  const shipped = await orderBook.move(ctx, order, { event: `order.${fulfilment}`, fulfilment, note });
  await tellBuyer(ctx, shipped, `order.${fulfilment}`);
  return shipped;
}
