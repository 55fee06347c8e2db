import { setImmediate as nextTurn } from "node:timers/promises";
import { inBatches } from "./batches.ts";
import { type Context, system } from "./db/context.ts";
import type { Database } from "./db/database.ts";
import { sql } from "./db/sql.ts";
import { newId } from "./ids.ts";
import type { Log } from "./log.ts";
import { Task } from "./taskTable.ts";

/** A task as its handler sees it. */
export interface RunningTask {
  id: string;
  kind: string;
  /** What was emitted; the handler parses it. */
  payload: unknown;
  /** 1 at the first run. */
  attempts: number;
}

/** Does what a task says. Throwing means: again later. It may run twice, also after it succeeded once. */
export type TaskHandler = (task: RunningTask) => Promise<void>;

/** Thrown by a handler whose task waits for something else: it comes back after `afterMs`, and that is no error. */
export class NotYet extends Error {
  readonly afterMs: number;
  constructor(afterMs: number, why: string) {
    super(why);
    this.name = "NotYet";
    this.afterMs = afterMs;
  }
}

/** Tasks that wait for no other lane's. */
export interface Lane {
  readonly name: string;
  /** Whether its workers also take tasks that were emitted for no lane. */
  readonly alsoWithout: boolean;
}

export interface WorkerOptions {
  db: Database;
  log: Log;
  /** Epoch milliseconds. */
  now: () => number;
  handlers: Readonly<Record<string, TaskHandler>>;
  /** The lane they serve; every lane unless said. */
  lane?: Lane;
  /** How many run at once; 4 unless said. */
  concurrency?: number;
  /** How often the table is looked at when nothing wakes the workers, in milliseconds; 500 unless said. */
  pollMs?: number;
  /** How long a claim lasts, in milliseconds; 15,000 unless said. */
  lockMs?: number;
}

/** Workers that run due tasks until they are stopped. */
export interface Workers {
  /** Looks at the table at once. */
  wake(): void;
  /** Takes no more tasks and waits for those that run. */
  stop(): Promise<void>;
}

const WORKER = system("worker");
const KEEP_DONE_MS = 30 * 24 * 3_600_000;

/** Starts the workers of this process; other processes may have theirs on the same table. */
export function startWorkers(options: WorkerOptions): Workers {
  const { db, log, handlers, pollMs = 500, concurrency = 4 } = options;
  const running = new Set<Promise<void>>();
  let stopped = false;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let timer: NodeJS.Timeout | undefined;
  const end = ender(options);

  const look = async (): Promise<void> => {
    // Tasks that end together make room together.
    await nextTurn();
    do {
      lookAgain = false;
      const room = concurrency - running.size;
      if (room <= 0) return;
      const tasks = await claimDue(options, room);
      for (const task of tasks) {
        const run = runOne(options, end, task).finally(() => {
          running.delete(run);
          wake();
        });
        running.add(run);
      }
    } while (lookAgain && !stopped);
  };

  const wake = (): void => {
    if (stopped) return;
    if (looking !== undefined) {
      lookAgain = true;
      return;
    }
    clearTimeout(timer);
    looking = look()
      .catch((error: unknown) => log.error({ err: error }, "looking for tasks failed"))
      .finally(() => {
        looking = undefined;
        if (!stopped) timer = setTimeout(wake, pollMs);
      });
  };

  db.onTasks((kinds) => {
    if ([...kinds].some((kind) => kind in handlers)) wake();
  });
  wake();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
      await Promise.all(running);
    },
  };
}

/** Marks due tasks as ours for a while. A look that finds nothing writes nothing. */
async function claimDue(options: WorkerOptions, most: number): Promise<Task[]> {
  const { db, now, handlers, lane, lockMs = 15_000 } = options;
  const due = `done_at IS NULL AND run_at <= :now AND (locked_until IS NULL OR locked_until < :now)
    AND kind IN (:kinds) ${inLane(lane)}`;
  const at = { now: now(), kinds: Object.keys(handlers), ...(lane ? { lane: lane.name } : {}) };
  const { rows } = await db.read(WORKER, (ctx) => sql(ctx.db, `SELECT 1 FROM task WHERE ${due} LIMIT 1`, at));
  if (rows.length === 0) return [];

  const claim = newId();
  const skip = db.dialect === "postgres" ? "FOR UPDATE SKIP LOCKED" : "";
  return db.write(WORKER, async (ctx) => {
    await sql(
      ctx.db,
      `UPDATE task SET claim = :claim, locked_until = :until, attempts = attempts + 1
       WHERE id IN (SELECT id FROM task WHERE ${due} ORDER BY run_at LIMIT ${most} ${skip})`,
      { ...at, claim, until: at.now + lockMs },
    );
    return ctx.db.find(Task, { where: { claim }, order: { runAt: "ASC" } });
  });
}

function inLane(lane: Lane | undefined): string {
  if (lane === undefined) return "";
  return lane.alsoWithout ? "AND (lane = :lane OR lane IS NULL)" : "AND lane = :lane";
}

/** How a run ended: for good, or to be run again. */
interface Ended {
  readonly task: Task;
  /** Epoch milliseconds of the next run; undefined when it is done. */
  readonly runAt: number | undefined;
  readonly why: string;
}

async function runOne(options: WorkerOptions, end: (ended: Ended) => Promise<void>, task: Task): Promise<void> {
  const { log, now, handlers } = options;
  try {
    await handlers[task.kind]?.({ id: task.id, kind: task.kind, payload: task.payload, attempts: task.attempts });
    await end({ task, runAt: undefined, why: "" });
  } catch (error) {
    const waits = error instanceof NotYet;
    const delay = waits ? error.afterMs : backOff(task.attempts);
    if (!waits) log.warn({ err: error, task: task.id, kind: task.kind, attempts: task.attempts }, "task failed");
    await end({ task, runAt: now() + delay, why: String(error) }).catch((lost: unknown) =>
      log.error({ err: lost, task: task.id }, "task could not be put back; its claim will expire"),
    );
  }
}

/** Most tasks that one transaction ends. */
const MOST_ENDS = 200;

/** Writes down how runs ended; those that end at the same time in one transaction. */
const ender = ({ db, now }: WorkerOptions): ((ended: Ended) => Promise<void>) =>
  inBatches(MOST_ENDS, async (ends: readonly Ended[]) => {
    const doneAt = now();
    await db.write(WORKER, async (ctx) => {
      const done = ends.filter(({ runAt }) => runAt === undefined).map(({ task }) => task);
      for (const [claim, tasks] of Map.groupBy(done, (task) => task.claim)) await finish(ctx, claim, tasks, doneAt);
      for (const { task, runAt, why } of ends) if (runAt !== undefined) await postpone(ctx, task, runAt, why);
    });
    return ends.map(() => undefined);
  });

/** Only what is still under the claim that ran it: another worker may have taken it over. */
const finish = (ctx: Context, claim: string | null, tasks: readonly Task[], doneAt: number) =>
  sql(
    ctx.db,
    "UPDATE task SET done_at = :doneAt, claim = NULL, locked_until = NULL WHERE id IN (:ids) AND claim = :claim",
    { ids: tasks.map(({ id }) => id), claim, doneAt },
  );

const postpone = (ctx: Context, { id, claim }: Task, runAt: number, why: string) =>
  sql(
    ctx.db,
    `UPDATE task SET run_at = :runAt, last_error = :why, claim = NULL, locked_until = NULL
     WHERE id = :id AND claim = :claim`,
    { id, claim, runAt, why: why.slice(0, 1_000) },
  );

/** Doubling from half a second to a quarter of an hour, a quarter of it by chance. */
function backOff(attempts: number): number {
  const full = Math.min(500 * 2 ** Math.min(attempts - 1, 20), 900_000);
  return Math.round(full * (0.75 + Math.random() * 0.25));
}

/**
 * Gives back every claim, for a process that knows itself to be the only one: those who claimed are dead. Were one of
 * them alive after all, a task would run twice, which is harmless.
 */
export const freeTasks = (db: Database): Promise<unknown> =>
  db.write(WORKER, (ctx) => sql(ctx.db, "UPDATE task SET claim = NULL, locked_until = NULL WHERE claim IS NOT NULL"));

/** Forgets tasks that were done long ago; until then their keys still refuse a second emission. */
export const purgeDoneTasks = (db: Database, now: number): Promise<number> =>
  db.write(WORKER, async (ctx) => {
    const { affected } = await sql(ctx.db, "DELETE FROM task WHERE done_at < :before", { before: now - KEEP_DONE_MS });
    return affected;
  });

/** How many tasks are due, and since when the oldest of them, in epoch milliseconds; undefined where none is. */
export async function dueTasks(db: Database, now: number): Promise<{ count: number; since: number | undefined }> {
  const { rows } = await db.read(WORKER, (ctx) =>
    sql<{ n: string | number; since: string | number | null }>(
      ctx.db,
      "SELECT COUNT(*) AS n, MIN(run_at) AS since FROM task WHERE done_at IS NULL AND run_at <= :now",
      { now },
    ),
  );
  const [row] = rows;
  return { count: Number(row?.n ?? 0), since: row?.since ? Number(row.since) : undefined };
}
