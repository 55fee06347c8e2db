import { deepEqual, equal } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import type { Database } from "../../server/core/db/database.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { makeWorld, type World } from "./support/world.ts";

onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  let database: Database;
  let failing = 0;
  let failed = 0;
  before(async () => {
    chain = await startTestChain();
    database = await db.openAnother();
    // The last thing inside of every transaction: by then everything else of the range is written.
    database.beforeCommit(async (ctx) => {
      if (failing === 0 || ctx.actor.kind !== "system" || ctx.actor.name !== "listener") return;
      const { affected } = await countLogs(ctx);
      if (affected === 0) return;
      failing -= 1;
      failed += 1;
      await ctx.db.query("INSERT INTO chain_cursor (chain_id) VALUES (NULL)");
    });
    world = await makeWorld(database, chain);
  });
  after(async () => {
    await chain?.stop();
  });

  /** Whether this transaction has written logs; an update that changes nothing tells. */
  const countLogs = async (ctx: Parameters<Parameters<Database["beforeCommit"]>[0]>[0]) => {
    const result = await ctx.db.query("SELECT COUNT(*) AS n FROM chain_log");
    return { affected: Number(result[0].n) };
  };

  it("rolls the whole range back, and reads it again", async () => {
    const order = await world.issue();
    failing = 3;
    await world.pay(order);
    await chain.mine(2);
    const running = world.start();
    const before = async () => ({
      cursors: (await world.rows("SELECT height FROM chain_cursor WHERE height >= :height", { height: 5 })).length,
      logs: (await world.rows("SELECT height FROM chain_log")).length,
      journals: (await world.rows("SELECT id FROM journal")).length,
      state: (await world.row(order)).state,
    });
    await eventually(async () => {
      const seen = await before();
      if (failing > 0) deepEqual(seen, { ...seen, logs: 0, journals: 0, state: "pending" });
      return failed === 3;
    });
    await eventually(async () => (await world.state(order)) === "confirmed");
    await world.caughtUp();
    equal((await world.rows("SELECT height FROM chain_log")).length, 1);
    equal((await world.rows("SELECT id FROM journal")).length, 1);
    deepEqual((await reconcile(world.house)).differences, []);
    await running.stop();
  });
});
