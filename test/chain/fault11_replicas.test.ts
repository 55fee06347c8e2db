import { deepEqual, equal, match, ok } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { halfSaid } from "./support/halfSaid.ts";
import type { ServerProcess } from "./support/serverProcess.ts";
import { openStage } from "./support/stage.ts";
import type { Issued } from "./support/world.ts";

/** From the moment a leader falls silent to the first order that its successor moved, in milliseconds. */
const TAKEOVER_MS = 10_000;
const TEST = { kind: "system", name: "test" } as const;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const servers = stage.servers(db, chain);
  const world = stage.world(db, chain);

  const lease = async () => {
    const [row] = await world().rows<{ holder: string; epoch: string | number }>(
      "SELECT holder, epoch FROM chain_lease",
    );
    return { holder: row?.holder ?? "", pid: Number(row?.holder.split(":")[1]), epoch: Number(row?.epoch) };
  };
  const leads = async (server: ServerProcess) =>
    /^tributary_chain_leading\{chain="\d+"\} 1$/m.test(await server.metrics());
  const confirmed = (order: Issued) => eventually(async () => (await world().state(order)) === "confirmed");

  /** Every log once, every payment booked once, and the books equal to the contract's storage. */
  const oneEffect = async (orders: readonly Issued[]) => {
    await world().caughtUp();
    const ids = orders.map(({ orderId }) => `'${orderId}'`).join(", ");
    const journals = await world().rows<{ n: string | number }>(
      `SELECT COUNT(*) AS n FROM journal WHERE order_id IN (${ids}) GROUP BY order_id`,
    );
    deepEqual(
      journals.map(({ n }) => Number(n)),
      orders.map(() => 1),
    );
    deepEqual((await reconcile(world().house)).differences, []);
  };

  if (db.dialect === "sqlite")
    it("a second server of a SQLite file is not ready, and goes on when the first is killed", async () => {
      const first = await servers().start();
      await eventually(() => leads(first));
      const second = await servers().start();
      await eventually(async () => /another server process/.test((await second.ready()).checks.chain ?? ""));
      equal((await second.ready()).status, 503);
      const order = await world().issue();
      await world().pay(order);
      await confirmed(order);

      await first.end("SIGKILL");
      await eventually(async () => (await second.ready()).status === 200);
      await oneEffect([order]);
      await second.end("SIGTERM");
    }).timeout(60_000);
  else {
    let workers: ServerProcess[] = [];
    let web: ServerProcess;
    before(async () => {
      workers = await Promise.all([servers().start(), servers().start()]);
      web = await servers().start({ ROLE: "web" });
    });

    /** The worker that leads, and the one that does not. */
    const roles = async (): Promise<{ leader: ServerProcess; other: ServerProcess }> => {
      const { pid } = await lease();
      const leader = workers.find((worker) => worker.pid === pid);
      const other = workers.find((worker) => worker.pid !== pid);
      if (!leader || !other) throw new Error(`${pid} is none of the workers`);
      return { leader, other };
    };

    /** Pays while the leader says nothing, and measures until the order is confirmed by its successor. */
    const takeover = async (silence: () => Promise<unknown> | unknown): Promise<Issued> => {
      const before = await lease();
      const order = await world().issue();
      const began = performance.now();
      await silence();
      await world().pay(order);
      await confirmed(order);
      ok(performance.now() - began < TAKEOVER_MS, `takeover took ${Math.round(performance.now() - began)} ms`);
      const after = await lease();
      equal(after.epoch, before.epoch + 1);
      ok(after.holder !== before.holder);
      return order;
    };

    /** The one that slept is awake, follows nothing, and has taken back nothing. */
    const standsBy = async (sleeper: ServerProcess) => {
      const before = await lease();
      sleeper.signal("SIGCONT");
      const order = await world().issue();
      await world().pay(order);
      await confirmed(order);
      await eventually(async () => !(await leads(sleeper)) && (await sleeper.ready()).status === 200);
      deepEqual(await lease(), before);
      const [cursor] = await world().rows<{ epoch: string | number }>("SELECT epoch FROM chain_cursor");
      equal(Number(cursor?.epoch), before.epoch);
      return order;
    };

    it("one of several follows the chain, all are ready, and every payment has one effect", async () => {
      await eventually(async () => {
        const all = await Promise.all([...workers, web].map((server) => server.ready()));
        return all.every(({ status }) => status === 200);
      });
      const leading = await Promise.all(workers.map(leads));
      equal(leading.filter(Boolean).length, 1);
      const orders = [await world().issue(), await world().issue()];
      for (const order of orders) await world().pay(order);
      for (const order of orders) await confirmed(order);
      await oneEffect(orders);
    }).timeout(60_000);

    it("kill -9 of the leader: another goes on within ten seconds", async () => {
      const { leader, other } = await roles();
      const order = await takeover(() => leader.end("SIGKILL"));
      ok(await leads(other));
      workers = [other, await servers().start()];
      await oneEffect([order]);
    }).timeout(60_000);

    it("SIGSTOP of the leader: another goes on within ten seconds, and the one that wakes writes nothing", async () => {
      const { leader, other } = await roles();
      const order = await takeover(() => leader.signal("SIGSTOP"));
      ok(await leads(other));
      await oneEffect([order, await standsBy(leader)]);
    }).timeout(60_000);

    it("SIGSTOP inside a transaction that no time-out of the database ends: the same", async () => {
      // As when it stops in the middle of sending a statement: the session waits for the rest of it, without the limit.
      await run(`CREATE FUNCTION no_limit() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN PERFORM set_config('idle_in_transaction_session_timeout', '0', true); RETURN NEW; END$$`);
      await run("CREATE TRIGGER no_limit BEFORE UPDATE ON chain_cursor FOR EACH ROW EXECUTE FUNCTION no_limit()");
      const { leader } = await roles();
      const { holder } = await lease();
      const held = await world().issue();
      await db.database().write(TEST, async (ctx) => {
        await ctx.db.query("SELECT * FROM escrow_order WHERE order_id = $1 FOR UPDATE", [held.orderId]);
        await world().pay(held);
        await eventually(async () => (await sessions(holder, "wait_event_type = 'Lock'")) === 1);
        leader.signal("SIGSTOP");
      });
      await eventually(async () => (await sessions(holder, "state = 'idle in transaction'")) === 1);

      const order = await takeover(() => undefined);
      await confirmed(held);
      equal(await sessions(holder, "xact_start IS NOT NULL"), 0);
      await run("DROP TRIGGER no_limit ON chain_cursor");
      await oneEffect([order, held, await standsBy(leader)]);
    }).timeout(60_000);

    it("a holder that stopped in the middle of sending a statement is not waited for", async () => {
      const { leader, other } = await roles();
      await other.end("SIGTERM");
      await leader.end("SIGTERM");
      const holder = "elsewhere:1:half";
      const session = await halfSaid(db.url(), holder, [
        `UPDATE chain_lease SET holder = '${holder}', epoch = epoch + 1, expires_at = 0`,
        "BEGIN",
        "UPDATE chain_lease SET expires_at = 0",
      ]);
      const before = await lease();
      workers = await Promise.all([servers().start(), servers().start()]);
      const began = performance.now();
      await eventually(async () => (await lease()).epoch === before.epoch + 1);
      ok(performance.now() - began < TAKEOVER_MS);
      match(await session.ended, /terminating connection due to administrator command/);
    }).timeout(60_000);

    it("a server of pages says so when no process follows the chain any more", async () => {
      for (const worker of workers) worker.signal("SIGSTOP");
      await eventually(async () => /no process follows the chain/.test((await web.ready()).checks.chain ?? ""), {
        timeoutMs: 30_000,
      });
      equal((await web.ready()).status, 503);
      match(await web.metrics(), /^tributary_chain_last_answer_seconds\{chain="\d+"\} (1[5-9]|[2-9]\d)/m);
      for (const worker of workers) worker.signal("SIGCONT");
      await eventually(async () => (await web.ready()).status === 200);
    }).timeout(60_000);
  }

  const run = (statement: string) => db.database().write(TEST, (ctx) => ctx.db.query(statement));
  const sessions = async (holder: string, where: string): Promise<number> =>
    (await world().rows(`SELECT pid FROM pg_stat_activity WHERE application_name = :holder AND ${where}`, { holder }))
      .length;
});
