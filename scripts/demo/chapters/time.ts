import type { Address } from "viem";
import { reclaimCall, releaseCall } from "../../../server/protocol/calls.ts";
import { orderOnChain } from "../../audit/onChain.ts";
import { type CallJson, doCall, mineBlocks } from "../../client/chain.ts";
import { awaitPayment, type Bought } from "../../client/orders.ts";
import { CAST } from "../cast.ts";
import type { World } from "../world.ts";

/** Seven days pass: anyone may release what was captured and not confirmed. */
export async function releaseTimePasses(world: World, orders: readonly Bought[]): Promise<void> {
  const { say, books, chain, place } = world;
  say.chapter("Seven days pass");
  const due = await Promise.all(orders.map(({ terms }) => orderOnChain(chain, place.escrow, terms)));
  await passUntil(world, Math.max(...due.map(({ releaseAt }) => releaseAt)));
  for (const order of orders) {
    await releaseMatured(world, order);
    books.released(order.orderId);
    await awaitPayment(order, "released", ({ captured }) => captured === "0");
  }
  say.done(`${orders.length} parcels nobody confirmed: what was captured is the payees' now`);
}

/** A stranger releases, unless the house was faster. */
async function releaseMatured(world: World, { terms }: Bought): Promise<void> {
  try {
    await doCall(world.chain, CAST.stranger, json(releaseCall(domainOf(world), terms)));
  } catch (error) {
    const { captured } = await orderOnChain(world.chain, world.place.escrow, terms);
    if (captured > 0n) throw error;
  }
}

/** The time to capture passes: the payer takes back what is still held, or anyone gives it back to him. */
export async function captureTimePasses(world: World, own: Bought, abandoned: readonly Bought[]): Promise<void> {
  const { say, books, chain } = world;
  say.chapter("Two weeks pass, and what was never sent is reclaimed");
  await passUntil(world, Math.max(...[own, ...abandoned].map(({ terms }) => terms.captureBy)));
  await doCall(chain, own.shopper.account, json(reclaimCall(domainOf(world), own.terms)));
  books.reclaimed(own.orderId, false);
  await awaitPayment(own, "reclaimed", ({ held }) => held === "0");
  say.done("Bo took back what was not captured of his order; it is in his wallet");
  for (const order of abandoned) {
    await doCall(chain, CAST.stranger, json(reclaimCall(domainOf(world), order.terms)));
    books.reclaimed(order.orderId, true);
  }
  for (const order of abandoned) await awaitPayment(order, "reclaimed", ({ state }) => state === "reclaimed");
  say.done(`a stranger gave Dora the money of ${abandoned.length} postcards back, as her credit`);
}

/** Lets the chain's clock reach a second. */
async function passUntil({ chain }: World, second: number): Promise<void> {
  const { timestamp } = await chain.getBlock();
  await chain.increaseTime({ seconds: Math.max(1, second - Number(timestamp)) });
  await mineBlocks(chain, 1);
}

const domainOf = ({ stack }: World) => ({ chainId: stack.book.chainId, escrow: stack.book.escrow as Address });

const json = ({ to, data, value }: { to: Address; data: string; value: bigint }): CallJson => ({
  ...{ to, data, value: String(value) },
});
