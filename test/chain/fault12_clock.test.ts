import { deepEqual, equal, ok } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import type { ServerProcess } from "./support/serverProcess.ts";
import { openStage } from "./support/stage.ts";
import type { Issued } from "./support/world.ts";

const HOUR_MS = 3_600_000;

/** A module that sets a process's clock off by `ms`, and turns it to the other side at every SIGUSR2. */
const clockOff = (ms: number): string =>
  `data:text/javascript,${encodeURIComponent(`
    let off = ${ms};
    process.on("SIGUSR2", () => { off = -off; });
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...given) { super(...(given.length > 0 ? given : [Real.now() + off])); }
      static now() { return Real.now() + off; }
    };`)}`;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const servers = stage.servers(db, chain);
  const world = stage.world(db, chain);

  const lease = async () => {
    const [row] = await world().rows<{ holder: string; epoch: string | number; expires_at: string | number }>(
      "SELECT holder, epoch, expires_at FROM chain_lease",
    );
    return { holder: row?.holder, epoch: Number(row?.epoch), endsInMs: Number(row?.expires_at) - Date.now() };
  };
  const orders: Issued[] = [];
  /** An order that takes a task of the operator, one that somebody pays, and a capture. */
  const trade = async (): Promise<void> => {
    const [signed, paid] = [await world().issue(), await world().issue()];
    orders.push(signed, paid);
    await world().sign(signed);
    await world().pay(paid);
    for (const order of [signed, paid]) await eventually(async () => (await world().state(order)) === "confirmed");
    await world().ask(signed, "capture", signed.terms.amount);
    await eventually(async () => (await world().row(signed)).state === "captured");
  };
  const allRight = async () => {
    await world().caughtUp();
    deepEqual((await reconcile(world().house)).differences, []);
    const logs = await world().rows(
      "SELECT log_index FROM chain_log WHERE state = 'applied' AND event LIKE 'authorized%'",
    );
    equal(logs.length, orders.length);
  };
  /** Its lease lasts as long as the configuration says, by everybody's clock. */
  const leadsByTheDatabasesTime = async (server: ServerProcess) => {
    const { holder, endsInMs } = await lease();
    equal(Number(holder?.split(":")[1]), server.pid);
    ok(endsInMs > 0 && endsInMs <= 5_100, `the lease ends in ${endsInMs} ms`);
  };

  for (const [name, ms] of [
    ["an hour ahead", HOUR_MS],
    ["an hour behind", -HOUR_MS],
  ] as const)
    it(`a process whose clock is ${name}, and then turns: leads, and does what is due when it is due`, async () => {
      const server = await servers().start({}, clockOff(ms));
      await trade();
      await leadsByTheDatabasesTime(server);
      const { epoch } = await lease();
      server.signal("SIGUSR2");
      await trade();
      await leadsByTheDatabasesTime(server);
      equal((await lease()).epoch, epoch);
      await server.end("SIGTERM");
      await allRight();
    }).timeout(90_000);

  if (db.dialect === "postgres")
    it("two processes, two hours apart: one leads, each does its part once, and the other takes over", async () => {
      const ahead = await servers().start({}, clockOff(HOUR_MS));
      await eventually(async () => (await lease()).holder?.includes(`:${ahead.pid}:`));
      const behind = await servers().start({}, clockOff(-HOUR_MS));
      await eventually(async () => (await behind.ready()).status === 200);
      const { epoch } = await lease();
      await trade();
      await trade();
      equal((await lease()).epoch, epoch);
      await ahead.end("SIGKILL");
      await trade();
      await leadsByTheDatabasesTime(behind);
      equal((await lease()).epoch, epoch + 1);
      await behind.end("SIGTERM");
      await allRight();
    }).timeout(90_000);

  it("a lease that ends beyond any that is given, from before a clock was set back, is not waited for", async () => {
    await db.database().write({ kind: "system", name: "test" }, async (ctx) => {
      await ctx.db.query(`UPDATE chain_lease SET holder = 'elsewhere:1:x', expires_at = ${Date.now() + HOUR_MS}`);
    });
    const server = await servers().start();
    await eventually(async () => (await lease()).holder?.includes(`:${server.pid}:`));
    await server.end("SIGTERM");
  }).timeout(60_000);
});
