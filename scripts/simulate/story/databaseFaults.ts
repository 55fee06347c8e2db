import { setTimeout as pause } from "node:timers/promises";
import SqliteConnection from "better-sqlite3";
import { DataSource, type QueryRunner } from "typeorm";
import type { Draw } from "../draw.ts";
import { OWN_NAME } from "../house/databases.ts";

/** Trouble with the database that comes from outside of the house, for a while each. */
export interface DatabaseFaults {
  /** Begins one, unless one is on already. @returns its name */
  begin(): string | undefined;
  /** Settles once the database is well again. */
  over(): Promise<void>;
  close(): Promise<void>;
}

/** Tables that the house writes in the transactions that count. */
const TABLES = ["chain_log", "chain_block", "posting", "escrow_order", "chain_transaction", "chain_errand"] as const;

/** Begins a fault where none is on. One that finds the database locked by somebody else does nothing. */
function oneAtATime<Name extends string>(
  drawn: () => Name,
  faults: Readonly<Record<Name, () => Promise<unknown>>>,
): Pick<DatabaseFaults, "begin" | "over"> {
  let last: Promise<void> = Promise.resolve();
  let on = false;
  return {
    begin: () => {
      if (on) return undefined;
      const name = drawn();
      on = true;
      last = faults[name]()
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => {
          on = false;
        });
      return name;
    },
    over: () => last,
  };
}

/** What has to be undone is, though a process that was stopped may hold a lock for a while. */
async function surely(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await work();
      return;
    } catch {
      await pause(50);
    }
  }
  throw new Error("the database's trouble could not be ended");
}

/** Another process holds the write lock, and a disk on which rows of one table find no room. */
export function sqliteFaults(file: string, draw: Draw): DatabaseFaults {
  const connection = new SqliteConnection(file, { timeout: 0 });
  const faults = {
    async busy() {
      connection.exec("BEGIN IMMEDIATE");
      await pause(draw.whole(20, 500));
      connection.exec("ROLLBACK");
    },
    async full() {
      const how = draw.of(["ABORT", "ROLLBACK", "FAIL"]);
      const tables = TABLES.filter(() => draw.chance(0.6));
      try {
        for (const table of tables)
          connection.exec(`CREATE TRIGGER full_${table} BEFORE INSERT ON ${table}
            BEGIN SELECT RAISE(${how}, 'database or disk is full'); END`);
        await pause(draw.whole(50, 400));
      } finally {
        for (const table of TABLES) await surely(async () => connection.exec(`DROP TRIGGER IF EXISTS full_${table}`));
      }
    },
  };
  return {
    ...oneAtATime(() => draw.weighted({ busy: 60, full: 40 }), faults),
    close: async () => void connection.close(),
  };
}

/** Connections ended by the server, rows that somebody else locks, and a disk on which rows find no room. */
export async function postgresFaults(url: string, draw: Draw): Promise<DatabaseFaults> {
  const source = await new DataSource({
    type: "postgres",
    url,
    applicationName: OWN_NAME,
    poolSize: 2,
  }).initialize();
  const held = async (lock: string): Promise<void> => {
    const runner = source.createQueryRunner();
    try {
      await runner.startTransaction();
      await runner.query(lock);
      await pause(draw.whole(50, 900));
    } finally {
      await finish(runner);
    }
  };
  const faults = {
    async terminated() {
      const others = `datname = current_database() AND application_name <> '${OWN_NAME}' AND pid <> pg_backend_pid()`;
      await source.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others} AND ${draw.of(["TRUE", "state = 'active'", "random() < 0.5"])}`,
      );
    },
    row: () => held(`SELECT 1 FROM ${draw.of(["chain_cursor", "chain_lease", "escrow_order"])} FOR UPDATE`),
    table: () => held(`LOCK TABLE ${draw.of(TABLES)} IN SHARE ROW EXCLUSIVE MODE`),
    async full() {
      const tables = TABLES.filter(() => draw.chance(0.6));
      try {
        await source.query(`CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`);
        for (const table of tables)
          await source.query(`CREATE TRIGGER disk_full BEFORE INSERT ON ${table} EXECUTE FUNCTION disk_full()`);
        await pause(draw.whole(50, 400));
      } finally {
        await surely(() => source.query("DROP FUNCTION IF EXISTS disk_full CASCADE"));
      }
    },
  };
  const drawn = () => draw.weighted({ terminated: 35, row: 25, table: 15, full: 25 });
  return { ...oneAtATime(drawn, faults), close: () => source.destroy() };
}

async function finish(runner: QueryRunner): Promise<void> {
  if (runner.isTransactionActive) await runner.rollbackTransaction();
  await runner.release();
}
