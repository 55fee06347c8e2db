import { awaitPayment, type Bought, cancel, refund } from "../../client/orders.ts";
import { amountText } from "../../support/narrator.ts";
import { pay, placeOrder, priceOf, receive, sellerOf, sendOut } from "../acts.ts";
import type { World } from "../world.ts";

/** Cancelled before it was sent: all of it goes back. */
export async function voided(world: World): Promise<void> {
  const { say, books } = world;
  say.chapter("Ana changes her mind");
  const order = await placeOrder(world, "ana", { mug: 1 }, "escrow_erc3009");
  await pay(world, order);
  await cancel(order, "I have enough mugs");
  books.voided(order.orderId);
  await awaitPayment(order, "voided", ({ state }) => state === "voided");
  say.done(`${priceOf(order)} was held and is back in her wallet; it cost her nothing`);
}

/** Two thirds of it can be sent and are captured; the rest stays the payer's to reclaim. */
export async function partlyCaptured(world: World): Promise<Bought> {
  const { say } = world;
  say.chapter("A part of Bo's order can be sent");
  const order = await placeOrder(world, "bo", { bowl: 3 }, "escrow_allowance");
  await pay(world, order);
  const part = (order.terms.amount * 2n) / 3n;
  await sendOut(world, order, part);
  const rest = amountText(order.terms.amount - part, order.token);
  say.done(`${amountText(part, order.token)} captured of ${priceOf(order)}; ${rest} stays in escrow`);
  return order;
}

/** Captured, then a quarter given back before the rest is released. */
export async function partlyRefunded(world: World): Promise<void> {
  const { say, books } = world;
  say.chapter("A mug of Chen's has a crack");
  const order = await placeOrder(world, "chen", { mug: 4 }, "escrow_eth");
  await pay(world, order);
  await sendOut(world, order);
  const quarter = order.terms.amount / 4n;
  await refund(sellerOf(world, order), order, quarter);
  books.refunded(order.orderId, quarter);
  await awaitPayment(order, "refunded in part", ({ returned }) => returned === String(quarter));
  say.done(`${amountText(quarter, order.token)} of ${priceOf(order)} is back with Chen`);
  await receive(world, order);
  say.done("the other three are fine: the rest is shared, each share of what was left");
}
