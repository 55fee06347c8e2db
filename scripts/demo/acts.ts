import {
  awaitPayment,
  type Bought,
  buy,
  confirmReceipt,
  type PaymentMethod,
  payByTransactions,
  ship,
  signPayment,
  submitPayment,
} from "../client/orders.ts";
import type { Session } from "../client/session.ts";
import { amountText } from "../support/narrator.ts";
import type { GoodName, ShopperName, World } from "./world.ts";

/** A shopper fills the cart and checks out. @returns one order per merchant */
export async function placeOrders(
  world: World,
  who: ShopperName,
  cart: Partial<Record<GoodName, number>>,
  method: PaymentMethod,
): Promise<Bought[]> {
  const { session, addressId } = world.shoppers[who];
  const lines = Object.entries(cart).map(([name, count]) => ({ goodId: world.goods[name as GoodName], count }));
  const { channel } = world;
  const orders = await buy(session, { lines, channel, method, expressType: "standard", addressId });
  world.orders.push(...orders);
  for (const { orderId, id, terms } of orders) world.books.placed(orderId, id, terms);
  return orders;
}

/** The same, where the cart is of one merchant. */
export async function placeOrder(
  world: World,
  who: ShopperName,
  cart: Partial<Record<GoodName, number>>,
  method: PaymentMethod,
): Promise<Bought> {
  const [order, ...more] = await placeOrders(world, who, cart, method);
  if (!order || more.length > 0) throw new Error(`the cart became ${more.length + 1} orders, not one`);
  return order;
}

/** The amount of an order for people. */
export const priceOf = ({ terms, token }: Bought): string => amountText(terms.amount, token);

/** Pays in the way the order was placed for, together with `others` of its basket, and waits until the server knows. */
export async function pay(world: World, order: Bought, ...others: Bought[]): Promise<void> {
  if (order.authorization.kind === "signature") await submitPayment(order, await signPayment(order));
  else await payByTransactions(world.chain, order);
  for (const paid of [order, ...others]) await becomePaid(world, paid);
}

/** Waits until the server knows that an order is paid. */
export async function becomePaid(world: World, order: Bought): Promise<void> {
  const amount = String(order.terms.amount);
  await awaitPayment(order, "paid", ({ state, held }) => state === "authorized" && held === amount);
  world.books.paid(order.orderId);
}

/** The merchant's wallet that sells an order. */
export function sellerOf(world: World, { merchantId }: Bought): Session {
  const seller = world.sellers.find((one) => one.merchantId === merchantId);
  if (!seller) throw new Error(`nobody here is merchant ${merchantId}`);
  return seller.session;
}

/** The merchant sends the order, or a part, and waits until its money is captured. @param amount base units */
export async function sendOut(world: World, order: Bought, amount?: bigint): Promise<void> {
  await ship(sellerOf(world, order), order, amount);
  world.books.captured(order.orderId, amount);
  await becomeCaptured(world, order);
}

/** Waits until the server knows of the captured money. */
export async function becomeCaptured(world: World, order: Bought): Promise<void> {
  const { captured, held } = world.books.of(order.orderId);
  const expected = [String(captured), String(held)];
  await awaitPayment(order, "captured", (seen) => [seen.captured, seen.held].join() === expected.join());
}

/** The shopper signs that the parcel came, and the payees have their credit. */
export async function receive(world: World, order: Bought): Promise<void> {
  await confirmReceipt(order);
  world.books.released(order.orderId);
  const { released } = world.books.of(order.orderId);
  await awaitPayment(order, "released", (seen) => seen.released === String(released) && seen.captured === "0");
}
