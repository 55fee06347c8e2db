import { createServer } from "node:http";
import { quantile } from "../../audit/onChain.ts";
import { mineBlocks, mined } from "../../client/chain.ts";
import { type Bought, type OrderPayment, paymentOf } from "../../client/orders.ts";
import { until } from "../../client/until.ts";
import { placeOrder } from "../../demo/acts.ts";
import { ready } from "../../demo/chapters/rushHour.ts";
import { type Ready, round, samplesOf } from "../../demo/latency.ts";
import { reorganise } from "../../demo/reorg.ts";
import { createWorld, type World } from "../../demo/world.ts";
import { freePort } from "../../start/ports.ts";
import { narrator } from "../../support/narrator.ts";

/** Milliseconds, by what they are of. */
export type Latencies = Readonly<Record<string, number>>;

const POLL_MS = 500;
const SAMPLES = 60;
const REPEATS = 5;
/** Mean time between two payments, in milliseconds. */
const SPACING_MS = 110;
const EVERY_MS = 5;

/**
 * How long people wait, over HTTP of a real server that polls every 500 ms: for what was mined, with the node's hints
 * and by polling alone; for the right state after a reorganisation; and after kill -9, from the server's being up.
 * @throws when an answer after the kill is older than one before
 */
export async function measureLatency(say: (line: string) => void): Promise<Latencies> {
  const hinted = await inWorld(false, (world) => minedToVisible(world, "mined_to_visible"));
  say(`mined -> visible with hints: p50 ${hinted.mined_to_visible_p50} ms`);
  const rest = await inWorld(true, async (world) => ({
    ...(await minedToVisible(world, "mined_to_visible_polling")),
    ...(await afterReorganisation(world)),
    ...(await afterKill(world)),
  }));
  say(`by polling alone: p50 ${rest.mined_to_visible_polling_p50} ms`);
  return { poll_ms: POLL_MS, samples: SAMPLES, ...hinted, ...rest };
}

/** A world whose server polls. @param deaf it reaches its node by a way that tells of no blocks */
async function inWorld<T>(deaf: boolean, work: (world: World) => Promise<T>): Promise<T> {
  const chainPort = await freePort();
  const proxy = deaf ? await plainProxy(`http://127.0.0.1:${chainPort}`) : undefined;
  const env = { POLL_MS: String(POLL_MS), ...(proxy ? { RPC_URLS: proxy.url } : {}) };
  const silent = narrator({ write: () => true } as never);
  const world = await createWorld({ samples: SAMPLES, seed: SAMPLES, keep: false, chainPort, env }, silent);
  try {
    return await work(world);
  } finally {
    await world.stack.stop();
    proxy?.close();
  }
}

/** Passes requests on, and knows no websocket. */
async function plainProxy(target: string): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (request.method !== "POST") return void response.writeHead(405).end();
    const headers = { "content-type": "application/json" };
    const answer = await fetch(target, { method: "POST", headers, body: Buffer.concat(parts) }).catch(() => undefined);
    response.writeHead(answer?.status ?? 502, headers).end(answer ? await answer.text() : "");
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}

async function bought(world: World, count: number): Promise<{ orders: Bought[]; payments: Ready[] }> {
  const orders: Bought[] = [];
  while (orders.length < count) orders.push(await placeOrder(world, "dora", { postcard: 1 }, "escrow_eth"));
  return { orders, payments: await ready(world, orders) };
}

async function minedToVisible(world: World, name: string): Promise<Latencies> {
  const { payments } = await bought(world, SAMPLES);
  const samples = await samplesOf(world.chain, payments, world.random, SPACING_MS);
  const [p50, p95, max] = [0.5, 0.95, 1].map((part) => round(quantile(samples, part)));
  return { [`${name}_p50`]: p50 ?? 0, [`${name}_p95`]: p95 ?? 0, [`${name}_max`]: max ?? 0 };
}

const waitFor = (what: string, order: Bought, isSo: (payment: OrderPayment) => boolean) =>
  until(what, async () => isSo(await paymentOf(order)), { everyMs: EVERY_MS });

const isPaid = ({ state }: OrderPayment): boolean => state === "authorized";

/** Three blocks and a payment in the first of them are given up: from the last block that stays to the right answer. */
async function afterReorganisation(world: World): Promise<Latencies> {
  const samples: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const { orders, payments } = await bought(world, 1);
    const [order, payment] = [orders[0], payments[0]];
    if (!order || !payment) throw new Error("nothing was bought");
    await reorganise(
      world.chain,
      async () => {
        await mined(world.chain, await world.chain.sendRawTransaction({ serializedTransaction: payment.raw }));
        await mineBlocks(world.chain, 2);
        await waitFor("the payment", order, isPaid);
      },
      async () => undefined,
    );
    const began = performance.now();
    await waitFor("the payment to be gone", order, ({ state }) => state === "pending");
    samples.push(performance.now() - began);
    await mined(world.chain, await world.chain.sendRawTransaction({ serializedTransaction: payment.raw }));
    await waitFor("the payment again", order, isPaid);
  }
  return { reorg_to_right_p50: round(quantile(samples, 0.5)), reorg_to_right_max: round(Math.max(...samples)) };
}

/** A payment that was seen, a kill, a payment nobody saw: from the server's being up to the right answer for both. */
async function afterKill(world: World): Promise<Latencies> {
  const samples: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const { orders, payments } = await bought(world, 2);
    const [seen, missed] = orders;
    const send = (at: number) => world.chain.sendRawTransaction({ serializedTransaction: payments[at]?.raw ?? "0x" });
    if (!seen || !missed) throw new Error("nothing was bought");
    await mined(world.chain, await send(0));
    await waitFor("the first payment", seen, isPaid);
    await world.server.kill();
    await mined(world.chain, await send(1));
    world.server = await world.stack.startServer();
    const began = performance.now();
    if (!isPaid(await paymentOf(seen))) throw new Error("after a kill the server gave an older answer than before");
    await waitFor("the payment that was mined meanwhile", missed, isPaid);
    samples.push(performance.now() - began);
  }
  return { kill_to_right_p50: round(quantile(samples, 0.5)), kill_to_right_max: round(Math.max(...samples)) };
}
