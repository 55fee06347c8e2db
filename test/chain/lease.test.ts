import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { holdLease, LeaseLost, takeLease } from "../../server/modules/chains/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";

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
