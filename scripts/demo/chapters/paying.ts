import type { Bought } from "../../client/orders.ts";
import { pay, placeOrder, placeOrders, priceOf, receive, sendOut } from "../acts.ts";
import { CAST } from "../cast.ts";
import type { World } from "../world.ts";

/** One basket of two merchants, paid by one signature and no gas, sent, received, shared. */
export async function bySignature(world: World): Promise<void> {
  const { say, chain } = world;
  say.chapter("Ana pays by signature; she owns no ETH");
  const orders = await placeOrders(world, "ana", { mug: 2, atlas: 1 }, "escrow_erc3009");
  const [first, ...others] = orders;
  if (!first) throw new Error("Ana's basket became no order");
  await pay(world, first, ...others);
  say.done(`two merchants, one signature: ${orders.map(priceOf).join(" and ")} relayed, held in escrow`);
  for (const order of orders) await sendOut(world, order);
  say.done("both merchants sent their parcels; the money is captured");
  for (const order of orders) await receive(world, order);
  say.done("Ana signed for both parcels; merchants, channel, carrier and platform have their credit");
  const wei = await chain.getBalance({ address: CAST.ana.address });
  if (wei !== 0n) throw new Error(`Ana owns ${wei} wei; she should own none`);
}

/** Paid by allowance and left to time: nobody confirms. */
export async function byAllowance(world: World): Promise<Bought> {
  world.say.chapter("Bo pays by allowance");
  const order = await placeOrder(world, "bo", { bowl: 1 }, "escrow_allowance");
  await pay(world, order);
  world.say.done(`${priceOf(order)} approved and taken into escrow by his own transactions`);
  await sendOut(world, order);
  world.say.done("sent and captured; Bo forgets to confirm, so the money waits its seven days");
  return order;
}

/** Paid in ETH and confirmed by a signature. */
export async function byEther(world: World): Promise<void> {
  world.say.chapter("Chen pays in ETH");
  const order = await placeOrder(world, "chen", { notebook: 3 }, "escrow_eth");
  await pay(world, order);
  world.say.done(`${priceOf(order)} at the rate frozen with the order`);
  await sendOut(world, order);
  await receive(world, order);
  world.say.done("sent, received, shared in ETH");
}
