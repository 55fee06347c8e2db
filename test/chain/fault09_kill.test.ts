import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { serverEnvironment } from "../../scripts/start/environment.ts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { type Issued, makeWorld, operator, platform, privateKeyOf, type World } from "./support/world.ts";

/** Kills; each comes at a moment that the seed names. */
const KILLS = 5;
/** Longest life of a process, in milliseconds after it is ready. */
const LIFE_MS = 400;

onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  let child: ChildProcess | undefined;
  const folder = mkdtempSync(join(tmpdir(), "tributary-kill-"));
  before(async () => {
    chain = await startTestChain();
    writeFileSync(join(folder, "addresses.json"), JSON.stringify(chain.book));
    world = await makeWorld(db.database(), chain);
  });
  after(async () => {
    child?.kill("SIGKILL");
    await chain?.stop();
    rmSync(folder, { recursive: true });
  });

  /** The real server in its worker's role, in a process of its own. */
  async function startServer(): Promise<ChildProcess> {
    const env = serverEnvironment({
      ...{ chainUrl: chain.url, addressBook: join(folder, "addresses.json"), databaseUrl: db.url(), port: 0 },
      ...{ jwtSecret: "x".repeat(32), operatorKey: privateKeyOf(operator), staff: platform.address },
      ...{ platformPayee: platform.address, carrierPayee: platform.address },
    });
    const started = spawn(process.execPath, ["--import", "tsx", "server/main.ts"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, ...env, ROLE: "worker", LOG_LEVEL: "fatal", POLL_MS: "20" },
    });
    child = started;
    const ready = once(createInterface({ input: started.stdout }), "line");
    const ended = once(started, "exit").then(([code]) => {
      throw new Error(`the server ended (${code}) before it was ready`);
    });
    await Promise.race([ready, ended]);
    ended.catch(() => undefined);
    return started;
  }

  const end = async (process: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
    const ended = once(process, "exit");
    process.kill(signal);
    const [code] = await ended;
    return code;
  };

  /** A killed worker's claims on tasks run out after a minute; this is that minute. */
  const forgetClaims = () =>
    db.database().write({ kind: "system", name: "test" }, async (ctx) => {
      await ctx.db.query("UPDATE task SET locked_until = 0 WHERE locked_until IS NOT NULL");
    });

  /** How far an order has come, for readers. */
  const RANKS = ["pending", "authorized", "captured", "released"];
  const rankOf = async (order: Issued) => RANKS.indexOf((await world.row(order)).state);

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
      const server = await startServer();
      const dies = pause(Math.floor(random() * LIFE_MS)).then(() => end(server, "SIGKILL"));
      for (let i = 0; i < 3; i += 1) {
        const order = await world.issue({ releaseDelay: 0 });
        orders.push(order);
        if (i === 0) await world.pay(order);
        else await world.sign(order);
      }
      for (const order of orders.filter((one) => seen.get(one.orderId) === 1))
        await world.ask(order, "capture", order.terms.amount).catch(() => undefined);
      await dies;
    }
    await forgetClaims();
    const server = await startServer();
    for (const order of orders) await eventually(async () => (await rankOf(order)) >= 1);
    for (const order of orders) await world.ask(order, "capture", order.terms.amount).catch(() => undefined);
    for (const order of orders) await eventually(async () => (await world.row(order)).state === "released");
    await chain.mine(13);
    await eventually(async () => {
      const open = await world.rows("SELECT id FROM chain_transaction WHERE state NOT IN ('final', 'failed')");
      return open.length === 0;
    });
    busy = false;
    await reader;
    await world.caughtUp();

    deepEqual((await reconcile(world.house)).differences, [], `SEED=${seed}`);
    const nonces = await world.rows<{ nonce: string | number }>(
      "SELECT nonce FROM chain_transaction WHERE nonce IS NOT NULL ORDER BY nonce",
    );
    deepEqual(
      nonces.map(({ nonce }) => Number(nonce)),
      nonces.map((_, at) => at),
      `SEED=${seed}`,
    );
    const journals = await world.rows<{ n: string | number }>("SELECT COUNT(*) AS n FROM journal GROUP BY order_id");
    ok(journals.every(({ n }) => Number(n) <= 2));

    const began = performance.now();
    equal(await end(server, "SIGTERM"), 0);
    ok(performance.now() - began < 5_000);
  }).timeout(120_000);

  it("SIGTERM: ends within five seconds in the middle of work, and gives the lease away", async () => {
    const server = await startServer();
    const order = await world.issue();
    await world.sign(order);
    const began = performance.now();
    equal(await end(server, "SIGTERM"), 0);
    ok(performance.now() - began < 5_000);
    const [lease] = await world.rows<{ expires_at: string | number }>("SELECT expires_at FROM chain_lease");
    equal(Number(lease?.expires_at), 0);

    const next = await startServer();
    await eventually(async () => (await world.state(order)) === "confirmed");
    await end(next, "SIGTERM");
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
