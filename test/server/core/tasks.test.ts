import assert from "node:assert/strict";
import { IsNull } from "typeorm";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { createLog } from "../../../server/core/log.ts";
import {
  freeTasks,
  NotYet,
  purgeDoneTasks,
  startWorkers,
  type TaskHandler,
  type Workers,
} from "../../../server/core/tasks.ts";
import { Task, taskMigrations } from "../../../server/core/taskTable.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";

const TEST = system("test");
const log = createLog("silent");
let now = Date.now();

describe("Tasks", () => {
  onBothDatabases(
    (on) => {
      let workers: Workers[] = [];
      const work = (handlers: Record<string, TaskHandler>, db: Database = on.database()) => {
        const started = startWorkers({ db, log, now: () => now, handlers, pollMs: 20 });
        workers.push(started);
        return started;
      };
      const emit = (kind: string, payload: string, runAt?: number) =>
        on.database().write(TEST, (ctx) => ctx.emit(kind, payload, runAt === undefined ? {} : { runAt }));
      const task = (kind: string) => on.database().read(TEST, (ctx) => ctx.db.findOneByOrFail(Task, { kind }));

      beforeEach(() => {
        now = Date.now();
      });
      afterEach(async () => {
        await Promise.all(workers.map((each) => each.stop()));
        workers = [];
      });

      it("runs each task once among several workers", async () => {
        const runs: unknown[] = [];
        const handlers = { once: async ({ payload }: { payload: unknown }) => void runs.push(payload) };
        const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
        work(handlers);
        work(handlers, await on.openAnother());
        await Promise.all(names.map((name) => emit("once", name)));
        await eventually(() => runs.length >= names.length);
        await Promise.all(workers.map((each) => each.stop()));
        assert.deepEqual(runs.map(String).sort(), [...names].sort());
      });

      it("leaves tasks of another lane to that lane's workers, and those of none to who takes them too", async () => {
        const runs: string[] = [];
        const serve = (name: string, alsoWithout: boolean) => {
          const run: TaskHandler = async ({ payload }) => void runs.push(`${name} ${String(payload)}`);
          const lane = { name, alsoWithout };
          workers.push(
            startWorkers({ db: on.database(), log, now: () => now, handlers: { go: run }, lane, pollMs: 20 }),
          );
        };
        await on.database().write(TEST, async (ctx) => {
          await ctx.emit("go", "a", { lane: "one" });
          await ctx.emit("go", "b", { lane: "two" });
          await ctx.emit("go", "c");
        });
        serve("two", false);
        await eventually(() => runs.length === 1);
        serve("one", true);
        await eventually(() => runs.length === 3);
        assert.deepEqual(runs.sort(), ["one a", "one c", "two b"]);
      });

      it("is not kept waiting by a lane whose tasks never end", async () => {
        let free = () => {};
        const stuck = new Promise<void>((resolve) => {
          free = resolve;
        });
        const served: unknown[] = [];
        const serve = (name: string, run: TaskHandler) => {
          const lane = { name, alsoWithout: false };
          const parts = { db: on.database(), log, now: () => now, pollMs: 20, concurrency: 2 };
          workers.push(startWorkers({ ...parts, handlers: { go: run }, lane }));
        };
        serve("silent", () => stuck);
        serve("well", async ({ payload }) => void served.push(payload));
        await on.database().write(TEST, async (ctx) => {
          for (let at = 0; at < 5; at++) await ctx.emit("go", at, { lane: "silent" });
          for (let at = 0; at < 5; at++) await ctx.emit("go", at, { lane: "well" });
        });
        await eventually(() => served.length === 5);
        free();
      });

      it("claims together and ends together, in a few transactions", async () => {
        let writes = 0;
        on.database().beforeCommit(async () => {
          writes += 1;
        });
        await on.database().write(TEST, async (ctx) => {
          for (let i = 0; i < 40; i += 1) await ctx.emit("many", `m${i}`);
        });
        writes = 0;
        const handlers = { many: async () => undefined };
        const started = startWorkers({ db: on.database(), log, now: () => now, handlers, concurrency: 40, pollMs: 20 });
        workers.push(started);
        await eventually(async () => {
          const open = await on
            .database()
            .read(TEST, (ctx) => ctx.db.countBy(Task, { kind: "many", doneAt: IsNull() }));
          return open === 0;
        });
        assert.ok(writes <= 4, `${writes} transactions for 40 tasks`);
      });

      it("tries a failed one again, later, and says why it failed", async () => {
        let attempts = 0;
        work({
          shaky: async () => {
            attempts += 1;
            if (attempts === 1) throw new Error("the first time it broke");
          },
        });
        await emit("shaky", "x");
        const failed = await eventually(async () => {
          const row = await task("shaky");
          return row.lastError !== null && row;
        });
        assert.match(failed.lastError ?? "", /the first time it broke/);
        assert.ok(failed.runAt > now);
        now += 60_000;
        await eventually(async () => (await task("shaky")).doneAt !== null);
        assert.equal(attempts, 2);
      });

      it("does not run one before its time", async () => {
        let ran = false;
        const sleeping = work({
          later: async () => {
            ran = true;
          },
        });
        await emit("later", "x", now + 3_600_000);
        sleeping.wake();
        await emit("marker", "x");
        work({ marker: async () => undefined });
        await eventually(async () => (await task("marker")).doneAt !== null);
        assert.equal(ran, false);
        now += 3_600_000;
        await eventually(() => ran);
      });

      it("lets one wait without calling it an error", async () => {
        let open = false;
        work({
          waiting: async () => {
            if (!open) throw new NotYet(1_000, "the door is shut");
          },
        });
        await emit("waiting", "x");
        await eventually(async () => (await task("waiting")).runAt > now);
        open = true;
        now += 2_000;
        await eventually(async () => (await task("waiting")).doneAt !== null);
      });

      it("gives the task of a worker that died to another", async () => {
        let release = () => {};
        const stuck = new Promise<void>((resolve) => {
          release = resolve;
        });
        const seen: string[] = [];
        const dying = work({
          abandoned: async () => {
            seen.push("first");
            await stuck;
          },
        });
        await emit("abandoned", "x");
        await eventually(() => seen.length === 1);
        const dead = dying.stop();
        now += 16_000;
        work({ abandoned: async () => void seen.push("second") }, await on.openAnother());
        await eventually(async () => (await task("abandoned")).doneAt !== null);
        release();
        await dead;
        assert.deepEqual(seen, ["first", "second"]);
      });

      it("gives the tasks of dead workers to the only process at once", async () => {
        const seen: string[] = [];
        const { promise: never, resolve: release } = Promise.withResolvers<void>();
        const dying = work({
          orphaned: async () => {
            seen.push("first");
            await never;
          },
        });
        await emit("orphaned", "x");
        await eventually(() => seen.length === 1);
        const dead = dying.stop();
        const heir = await on.openAnother();
        await freeTasks(heir);
        work({ orphaned: async () => void seen.push("second") }, heir);
        await eventually(async () => (await task("orphaned")).doneAt !== null);
        release();
        await dead;
        assert.deepEqual(seen, ["first", "second"]);
      });

      it("forgets what was done long ago", async () => {
        await sqlDone(on.database());
        assert.ok((await purgeDoneTasks(on.database(), now + 31 * 24 * 3_600_000)) > 0);
      });

      const sqlDone = (db: Database) =>
        db.write(TEST, async (ctx) => {
          await ctx.emit("old", "x");
          await sql(ctx.db, "UPDATE task SET done_at = :now WHERE kind = 'old'", { now });
        });
    },
    { schema: { entities: [Task], migrations: taskMigrations }, clock: { now: () => now } },
  );
});
