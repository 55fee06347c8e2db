import type { Hex } from "viem";
import type { Latency } from "../../audit/report.ts";
import { type Bought, paymentOf } from "../../client/orders.ts";
import { becomePaid, placeOrder } from "../acts.ts";
import { measure, type Ready } from "../latency.ts";
import type { World } from "../world.ts";

/** Mean time between two payments, in milliseconds. */
const SPACING_MS = 110;
const GAS = 250_000n;

/** Many small payments at random moments; how long until the API shows each. The orders are never sent. */
export async function rushHour(world: World): Promise<{ latency: Latency; orders: Bought[] }> {
  const { say, chain, options } = world;
  say.chapter(`Dora buys ${options.samples} postcards, one at a time`);
  const orders: Bought[] = [];
  while (orders.length < options.samples) {
    orders.push(await placeOrder(world, "dora", { postcard: 1 }, "escrow_eth"));
  }
  say.done(`${orders.length} orders placed, ${orders.length} payments signed`);
  const latency = await measure(chain, await ready(world, orders), world.random, SPACING_MS);
  for (const order of orders) await becomePaid(world, order);
  say.done(`all paid; from receipt to API p50 ${latency.p50} ms, p99 ${latency.p99} ms`);
  return { latency, orders };
}

/** The payments as signed transactions, one nonce after the other. */
export async function ready({ chain, shoppers }: World, orders: readonly Bought[]): Promise<Ready[]> {
  const { account } = shoppers.dora.session;
  const nonce = await chain.getTransactionCount({ address: account.address });
  const { maxFeePerGas, maxPriorityFeePerGas } = await chain.estimateFeesPerGas();
  const sign = async (order: Bought, at: number): Promise<Ready> => {
    const [call] = order.authorization.calls;
    if (!call) throw new Error("this order is not paid by a transaction");
    const raw = await account.signTransaction({
      ...{ chainId: chain.chain.id, to: call.to as Hex, data: call.data as Hex, value: BigInt(call.value) },
      ...{ nonce: nonce + at, gas: GAS, maxFeePerGas: maxFeePerGas * 2n, maxPriorityFeePerGas, type: "eip1559" },
    });
    return { raw, isShown: async () => (await paymentOf(order)).state === "authorized" };
  };
  return Promise.all(orders.map(sign));
}
