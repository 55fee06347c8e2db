import { deepEqual, equal, ok } from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startRpcProxy } from "./support/rpcProxy.ts";
import { serverProcesses } from "./support/serverProcess.ts";
import { openStage } from "./support/stage.ts";
import type { Issued } from "./support/world.ts";

/** Kills; each comes at a moment that the seed names. */
const KILLS = 5;
/** Longest life of a process, in milliseconds after it is ready. */
const LIFE_MS = 400;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const servers = stage.servers(db, chain);
  const world = stage.world(db, chain);

  /** A killed worker's claims on tasks run out after a minute; this is that minute. */
  const forgetClaims = () =>
    db.database().write({ kind: "system", name: "test" }, async (ctx) => {
      await ctx.db.query("UPDATE task SET locked_until = 0 WHERE locked_until IS NOT NULL");
    });

  /** How far an order has come, for readers. */
  const RANKS = ["pending", "authorized", "captured", "released"];
  const rankOf = async (order: Issued) => RANKS.indexOf((await world().row(order)).state);

  it("kill -9 at any moment: the same end, nothing twice, nothing that readers saw goes back", async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    const random = mulberry(seed);
    const orders: Issued[] = [];
    const seen = new Map<string, number>();
    const look = async () => {
      for (const order of orders) {
        const rank = await rankOf(order);
        ok(rank >= (seen.get(order.orderId) ?? 0), `order ${order.orderId} went back (SEED=${seed})`);
        seen.set(order.orderId, rank);
      }
    };
    let busy = true;
    const reader = (async () => {
      while (busy) {
        await look();
        await pause(10);
      }
    })();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const server = await servers().start();
      const dies = pause(Math.floor(random() * LIFE_MS)).then(() => server.end("SIGKILL"));
      for (let i = 0; i < 3; i += 1) {
        const order = await world().issue({ releaseDelay: 0 });
        orders.push(order);
        if (i === 0) await world().pay(order);
        else await world().sign(order);
      }
      for (const order of orders.filter((one) => seen.get(one.orderId) === 1))
        await world()
          .ask(order, "capture", order.terms.amount)
          .catch(() => undefined);
      await dies;
    }
    await forgetClaims();
    const server = await servers().start();
    for (const order of orders) await eventually(async () => (await rankOf(order)) >= 1);
    for (const order of orders)
      await world()
        .ask(order, "capture", order.terms.amount)
        .catch(() => undefined);
    for (const order of orders) await eventually(async () => (await world().row(order)).state === "released");
    await chain().mine(13);
    await eventually(async () => {
      const open = await world().rows("SELECT id FROM chain_transaction WHERE state NOT IN ('final', 'failed')");
      return open.length === 0;
    });
    busy = false;
    await reader;
    await world().caughtUp();

    deepEqual((await reconcile(world().house)).differences, [], `SEED=${seed}`);
    const nonces = await world().rows<{ nonce: string | number }>(
      "SELECT nonce FROM chain_transaction WHERE nonce IS NOT NULL ORDER BY nonce",
    );
    deepEqual(
      nonces.map(({ nonce }) => Number(nonce)),
      nonces.map((_, at) => at),
      `SEED=${seed}`,
    );
    const journals = await world().rows<{ n: string | number }>("SELECT COUNT(*) AS n FROM journal GROUP BY order_id");
    ok(journals.every(({ n }) => Number(n) <= 2));

    const began = performance.now();
    equal(await server.end("SIGTERM"), 0);
    ok(performance.now() - began < 5_000);
  }).timeout(120_000);

  it("SIGTERM: ends within five seconds in the middle of work, and gives the lease away", async () => {
    const server = await servers().start();
    const order = await world().issue();
    await world().sign(order);
    const began = performance.now();
    equal(await server.end("SIGTERM"), 0);
    ok(performance.now() - began < 5_000);
    const [lease] = await world().rows<{ expires_at: string | number }>("SELECT expires_at FROM chain_lease");
    equal(Number(lease?.expires_at), 0);

    const next = await servers().start();
    await eventually(async () => (await world().state(order)) === "confirmed");
    await next.end("SIGTERM");
  });

  it("SIGTERM: ends within five seconds although a node says nothing and a request is on its way", async () => {
    const node = await startRpcProxy(chain().url);
    const before = serverProcesses(chain(), () => db.url(), node.url);
    try {
      const server = await before.start({ ROLE: "all" });
      await eventually(async () => (await server.ready()).status === 200);
      const silent = new Set<ServerResponse>();
      node.http((_, response) => Boolean(silent.add(response)));
      const order = await world().issue();
      await world().sign(order);
      const half = connect(server.port, "127.0.0.1");
      half.on("error", () => undefined);
      half.write("POST /api/v1/auth/nonces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
      half.write("Content-Length: 100\r\n\r\n{");
      // The listener and the operator both wait for the node.
      await eventually(() => silent.size >= 2);

      const began = performance.now();
      equal(await server.end("SIGTERM"), 0);
      ok(performance.now() - began < 5_000);
      const next = await servers().start();
      await eventually(async () => (await world().state(order)) === "confirmed");
      await next.end("SIGTERM");
    } finally {
      before.killAll();
      await node.stop();
    }
  });
});

/** A small generator of numbers in [0, 1) from a seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
