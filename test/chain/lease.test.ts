import { deepEqual, equal, match, rejects } from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { holdLease, LeaseLost, takeLease } from "../../server/modules/chains/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import { makeWorld } from "./support/world.ts";

const LEASE_MS = 1_500;
const HOUR_MS = 3_600_000;
const ACTOR = { kind: "system", name: "test" } as const;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [node().url], finality: { source: "depth", depth: 3 } }));

  it("a holder that slept through its time cannot write, whoever came after it", async () => {
    const take = (holder: string) =>
      db.database().write(ACTOR, (ctx) => takeLease(ctx, { chainId: 7, holder, ttlMs: 60_000 }));
    const sleeper = await take("a");
    equal(await take("b"), undefined);
    await db.database().write(ACTOR, async (ctx) => {
      await ctx.db.query("UPDATE chain_lease SET expires_at = 1 WHERE chain_id = 7");
    });
    const next = await take("b");
    equal(next?.epoch, 2);
    if (!sleeper) throw new Error("nobody took the lease");
    await rejects(
      db.database().write(ACTOR, (ctx) => holdLease(ctx, sleeper, 60_000)),
      LeaseLost,
    );
  });

  it("of two servers one writes, and the other goes on when it ends", async () => {
    const first = world().start();
    await eventually(() => first.chain.listener.status().mode === "leading");
    const second = world().start();
    await eventually(() => second.chain.listener.status().mode === "standby");
    if (db.dialect === "postgres") await eventually(() => second.chain.readiness().ready);
    else match(second.chain.readiness().reason ?? "", /another server process/);

    await first.stop();
    await eventually(() => second.chain.listener.status().mode === "leading");
    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    await second.stop();
  });

  it("a holder whose look hangs renews for a while, and then leaves the chain to another", async () => {
    const patient = { leaseMs: LEASE_MS, rpcTimeoutMs: 60_000 };
    const hanging = await makeWorld(db.database(), chain(), { ...patient, rpcUrls: [node().url] });
    const first = hanging.start();
    await eventually(() => first.chain.listener.status().mode === "leading");
    const lease = async () => {
      const [row] = await world().rows("SELECT epoch, expires_at FROM chain_lease WHERE chain_id = :id", {
        id: chain().chainId,
      });
      return { epoch: Number(row?.epoch), endsAt: Number(row?.expires_at) };
    };
    const silent = new Set<ServerResponse>();
    node().http((_, response) => Boolean(silent.add(response)));
    await eventually(() => silent.size > 0);
    const second = (await makeWorld(db.database(), chain(), patient)).start();
    const before = await lease();
    // A node that is slow is no reason to go: the lease outlives its own end while the look lasts.
    await eventually(async () => (await lease()).endsAt > before.endsAt + 2 * LEASE_MS);
    equal((await lease()).epoch, before.epoch);
    equal(second.chain.listener.status().mode, "standby");

    const now = performance.now.bind(performance);
    performance.now = () => now() + HOUR_MS;
    try {
      await eventually(() => second.chain.listener.status().mode === "leading");
    } finally {
      performance.now = now;
    }
    equal((await lease()).epoch, before.epoch + 1);
    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    node().http(undefined);
    for (const response of silent) response.destroy();
    await eventually(() => first.chain.listener.status().mode === "standby");
    await first.stop();
    await second.stop();
  });

  it("a reorganisation below what is final stops the chain, says so, and writes nothing", async () => {
    const running = world().start();
    const order = await world().issue();
    await world().pay(order);
    const paidIn = Number(await chain().client.getBlockNumber());
    await chain().mine(5);
    await eventually(async () => (await world().row(order)).confidence === "final");
    await world().caughtUp();
    const before = await world().rows("SELECT height, hash, version FROM chain_cursor");

    node().lie(anotherBranch(paidIn, 9));
    await eventually(() => running.chain.listener.status().mode === "stopped");
    match(running.chain.readiness().reason ?? "", /the chain is stopped/);
    deepEqual(await world().rows("SELECT height, hash, version FROM chain_cursor"), before);
    deepEqual(await world().rows("SELECT height FROM chain_log WHERE state = 'reverted'"), []);
    equal(await world().state(order), "confirmed");
    await running.stop();
  });
});
