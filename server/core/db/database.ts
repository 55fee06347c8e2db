import { AsyncLocalStorage } from "node:async_hooks";
import { type Clock, systemClock } from "../clock.ts";
import { emitTask } from "../taskTable.ts";
import type { Connections, DatabaseOptions } from "./connections.ts";
import type { Actor, Context, ReadContext } from "./context.ts";
import type { Dialect } from "./migration.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

/** Called at the end of every write, inside its transaction, with what `fn` answered. */
export type BeforeCommit = (ctx: Context, result: unknown) => Promise<void>;

/** A `write` was opened inside a `write`: on one gate it would wait for itself for ever. */
export class NestedWrite extends Error {
  readonly code = "nested_write";
  constructor() {
    super("write() inside write(): pass the context on instead of opening another transaction");
    this.name = "NestedWrite";
  }
}

const inWrite = new AsyncLocalStorage<true>();

/** The only way to the tables. */
export class Database {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #beforeCommit: BeforeCommit[] = [];
  readonly #afterCommit: ((kinds: ReadonlySet<string>) => void)[] = [];

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  get dialect(): Dialect {
    return this.#connections.dialect;
  }

  /** Writers inside or waiting, for the metrics. */
  get writersWaiting(): number {
    return this.#connections.depth();
  }

  /** Adds a hook that runs inside every transaction before it commits. */
  beforeCommit(hook: BeforeCommit): void {
    this.#beforeCommit.push(hook);
  }

  /** Adds a listener that learns, after a commit, which kinds of task it wrote. */
  onTasks(listener: (kinds: ReadonlySet<string>) => void): void {
    this.#afterCommit.push(listener);
  }

  /**
   * Opens the only transaction. `fn` may run more than once, so it does nothing slow and nothing outward: hashing,
   * HTTP and chain calls come before it, effects leave by `ctx.emit`.
   * @throws NestedWrite inside another write
   */
  async write<T>(actor: Actor, fn: (ctx: Context) => Promise<T>): Promise<T> {
    if (inWrite.getStore()) throw new NestedWrite();
    let kinds = new Set<string>();
    let hints: (() => void)[] = [];
    const result = await inWrite.run(true, () =>
      this.#connections.transaction(async (db) => {
        kinds = new Set();
        hints = [];
        const clock = this.#clock;
        const ctx: Context = {
          db,
          actor,
          clock,
          emit: async (kind, payload, options) => {
            kinds.add(kind);
            await emitTask(db, clock.now(), kind, payload, options);
          },
          afterCommit: (hint) => hints.push(hint),
        };
        const answer = await fn(ctx);
        for (const hook of this.#beforeCommit) await hook(ctx, answer);
        return answer;
      }),
    );
    for (const hint of hints) hint();
    if (kinds.size > 0) for (const listener of this.#afterCommit) listener(kinds);
    return result;
  }

  /** For pages, where two statements may differ by a commit. */
  read<T>(actor: Actor, fn: (ctx: ReadContext) => Promise<T>): Promise<T> {
    return fn({ db: this.#connections.reader, actor, clock: this.#clock });
  }

  /** For statements, exports and reconciling: all that `fn` reads is of one moment. */
  readAtOneMoment<T>(actor: Actor, fn: (ctx: ReadContext) => Promise<T>): Promise<T> {
    return this.#connections.snapshot((db) => fn({ db, actor, clock: this.#clock }));
  }

  close(): Promise<void> {
    return this.#connections.close();
  }
}

/** Connects, brings the schema up to date, and gives the database. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const clock = options.clock ?? systemClock;
  const connections = options.url.startsWith("sqlite:") ? await openSqlite(options) : await openPostgres(options);
  return new Database(connections, clock);
}
