import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { system } from "./context.ts";
import type { Database } from "./database.ts";
import { nowIn } from "./now.ts";
import { sql } from "./sql.ts";

const EVERY_MS = 10_000;
/** A difference below this, in milliseconds, may be the way to the database and back. */
const NOTICED_MS = 100;

/**
 * The database's time, so that all processes of a house have the same, whatever their machines' clocks say. Between two
 * looks at the database it runs on by the machine's steady clock, which nobody sets.
 */
export class DatabaseClock implements Clock {
  /** Epoch milliseconds at 0 of `performance.now()`. */
  #origin = Date.now() - performance.now();
  #timer: NodeJS.Timeout | undefined;

  now(): number {
    return Math.floor(this.#origin + performance.now());
  }

  /** Takes the time from `db` now, and again and again until stopped. */
  async follow(db: Database, log: Log): Promise<void> {
    await this.#look(db);
    const again = () =>
      this.#look(db).catch((error: unknown) => log.warn({ err: error }, "the database did not tell the time"));
    this.#timer = setInterval(again, EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  async #look(db: Database): Promise<void> {
    const asked = performance.now();
    const { rows } = await db.read(system("clock"), (ctx) => sql<Told>(ctx.db, `SELECT ${nowIn(ctx.db)} AS now`));
    const origin = Number(rows[0]?.now) - (asked + performance.now()) / 2;
    if (Math.abs(origin - this.#origin) > NOTICED_MS) this.#origin = origin;
  }
}

interface Told {
  readonly now: string | number;
}
