import { deepEqual, equal, match, ok } from "node:assert/strict";
import SqliteConnection from "better-sqlite3";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import type { Context } from "../../server/core/db/context.ts";
import type { Database } from "../../server/core/db/database.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { type Issued, makeWorld, type Running, type World } from "./support/world.ts";

const TEST = { kind: "system", name: "test" } as const;

onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  /** The one that the listener under test writes through. */
  let database: Database;
  let running: Running | undefined;
  const paid: Issued[] = [];
  let failing = 0;
  let failed = 0;
  before(async () => {
    chain = await startTestChain();
    database = await db.openAnother();
    // The last thing inside of every transaction: by then everything else of the range is written.
    database.beforeCommit(async (ctx) => {
      if (failing === 0 || ctx.actor.kind !== "system" || ctx.actor.name !== "listener") return;
      if ((await countIn(ctx)) === paid.length - 1) return;
      failing -= 1;
      failed += 1;
      await ctx.db.query("INSERT INTO chain_cursor (chain_id) VALUES (NULL)");
    });
    world = await makeWorld(database, chain);
  });
  afterEach(async () => {
    await running?.stop();
  });
  after(async () => {
    await chain?.stop();
  });

  const countIn = async (ctx: Context) => Number((await ctx.db.query("SELECT COUNT(*) AS n FROM chain_log"))[0].n);
  const outside = (statement: string) => db.database().write(TEST, (ctx) => ctx.db.query(statement));
  const payOne = async (): Promise<Issued> => {
    const order = await world.issue();
    await world.pay(order);
    paid.push(order);
    return order;
  };
  /** What a range writes, as a reader sees it: all of the payments so far, or all but the last `missing`. */
  const written = async (missing: number) => {
    const [last] = paid.slice(-1);
    const rows = {
      logs: (await world.rows("SELECT height FROM chain_log")).length,
      journals: (await world.rows("SELECT id FROM journal")).length,
      last: last ? (await world.row(last)).state : "none",
    };
    const count = paid.length - missing;
    deepEqual(rows, { logs: count, journals: count, last: missing > 0 ? "pending" : "authorized" });
    return true;
  };
  const allRight = async () => {
    for (const order of paid) await eventually(async () => (await world.state(order)) === "confirmed");
    await world.caughtUp();
    await written(0);
    deepEqual((await reconcile(world.house)).differences, []);
  };
  const problem = () => running?.chain.listener.status().problem ?? "";

  it("any error in the last statement: the whole range is rolled back, and read again", async () => {
    await payOne();
    failing = 3;
    running = world.start();
    let seen: unknown;
    await eventually(async () => {
      const part = await written(1).catch((error: unknown) => error);
      if (failing > 0) seen ??= part === true ? undefined : part;
      return failed === 3;
    });
    equal(seen, undefined);
    await allRight();
  });

  if (db.dialect === "sqlite") {
    it("a full disk: nothing of the range is written, readers read on, and it goes on when there is room", async () => {
      for (let i = 0; i < 40; i += 1) await payOne();
      const limit = (pages: string) => database.write(TEST, (ctx) => ctx.db.query(`PRAGMA max_page_count = ${pages}`));
      const [{ page_count: pages }] = (await world.rows<{ page_count: number }>("PRAGMA page_count")) as [never];
      await limit(String(pages));
      running = world.start();
      await eventually(() => /full/.test(problem()));
      await written(40);
      await limit("1073741823");
      await allRight();
    }).timeout(60_000);

    it("another process holds the file for long: the range waits, gives up, and is read again", async () => {
      const holder = new SqliteConnection(db.url().slice("sqlite:".length));
      running = world.start();
      await eventually(() => running?.chain.listener.status().mode === "leading");
      const order = await world.issue();
      holder.exec("BEGIN IMMEDIATE");
      await world.pay(order);
      paid.push(order);
      await eventually(() => /locked/.test(problem()), { timeoutMs: 20_000 });
      await written(1);
      holder.exec("ROLLBACK");
      holder.close();
      await allRight();
    }).timeout(60_000);
  } else {
    /** Sessions of the listener that wait for a lock. */
    const waiting = (ctx: Context) =>
      ctx.db.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

    it("serialization failures: the same transaction is tried again", async () => {
      await outside("CREATE SEQUENCE failures");
      await outside(`CREATE FUNCTION fail_thrice() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        IF nextval('failures') <= 3 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF; RETURN NEW; END$$`);
      await outside("CREATE TRIGGER fail BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION fail_thrice()");
      await payOne();
      running = world.start();
      await allRight();
      equal(problem(), "");
      const [tries] = await world.rows<{ last_value: string }>("SELECT last_value FROM failures");
      ok(Number(tries?.last_value) >= 4);
      await outside("DROP TRIGGER fail ON journal");
    });

    it("a deadlock: the listener is the one that gives way, and tries again", async () => {
      running = world.start();
      await eventually(() => running?.chain.listener.status().mode === "leading");
      const order = await world.issue();
      await db.database().write(TEST, async (ctx) => {
        await ctx.db.query("SET LOCAL deadlock_timeout = '20s'");
        await ctx.db.query("SELECT * FROM chain_cursor FOR UPDATE");
        await world.pay(order);
        paid.push(order);
        await eventually(async () => (await waiting(ctx)).length > 0);
        // It holds the lease and waits for the cursor; this waits for the lease.
        await ctx.db.query("UPDATE chain_lease SET epoch = epoch");
      });
      await eventually(async () => {
        const [counted] = await world.rows<{ deadlocks: string }>(
          "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
        );
        return Number(counted?.deadlocks) > 0;
      });
      await allRight();
    }).timeout(60_000);

    it("its session is ended in the middle of a range: the range is rolled back, and read again", async () => {
      running = world.start();
      await eventually(() => running?.chain.listener.status().mode === "leading");
      const order = await world.issue();
      await db.database().write(TEST, async (ctx) => {
        await ctx.db.query("SELECT * FROM escrow_order WHERE order_id = $1 FOR UPDATE", [order.orderId]);
        await world.pay(order);
        paid.push(order);
        const pid = await eventually(async () => (await waiting(ctx))[0]?.pid as number | undefined);
        await ctx.db.query("SELECT pg_terminate_backend($1, 1000)", [pid]);
        await written(1);
      });
      await allRight();
    }).timeout(60_000);

    it("a row is locked for longer than it waits: the range is rolled back, and read again", async () => {
      running = world.start();
      await eventually(() => running?.chain.listener.status().mode === "leading");
      const order = await world.issue();
      await db.database().write(TEST, async (ctx) => {
        await ctx.db.query("SET LOCAL idle_in_transaction_session_timeout = 0");
        await ctx.db.query("SELECT * FROM escrow_order WHERE order_id = $1 FOR UPDATE", [order.orderId]);
        await world.pay(order);
        paid.push(order);
        await eventually(() => /lock timeout/.test(problem()), { timeoutMs: 20_000 });
        await written(1);
      });
      match(problem(), /lock timeout|^$/);
      await allRight();
    }).timeout(60_000);
  }
});
