import { DataSource, type QueryRunner } from "typeorm";
import { PROCESS_NAME } from "../processName.ts";
import type { Connections, DatabaseOptions } from "./connections.ts";
import { migrate } from "./migration.ts";
import { SnakeNaming } from "./naming.ts";
import { PreparingClient } from "./preparingClient.ts";
import { databaseCode, whileBusy } from "./retry.ts";

/** How long a write is tried again when PostgreSQL asks for it, in milliseconds. */
const RETRY_FOR_MS = 5_000;

/** Said once for the connection, it needs no statement in each transaction. */
const READ_COMMITTED = "-c default_transaction_isolation=read\\ committed";

/** Any number, the same for all of us: whoever migrates holds this lock. */
const MIGRATION_LOCK = 7_212_026;

/** Opens a pool. Guarded updates at READ COMMITTED do the work that a gate does on SQLite. */
export async function openPostgres(options: DatabaseOptions): Promise<Connections> {
  const pool = await new DataSource({
    type: "postgres",
    url: options.url,
    entities: [...options.entities],
    namingStrategy: new SnakeNaming(),
    poolSize: options.poolSize ?? 10,
    // By it another process finds the sessions of one that was stopped inside a transaction.
    applicationName: PROCESS_NAME,
    // Without the first a leader that was stopped inside a transaction would keep its locks for ever.
    extra: {
      options: `-c idle_in_transaction_session_timeout=3000 -c lock_timeout=5000 ${READ_COMMITTED}`,
      Client: PreparingClient,
      connectionTimeoutMillis: 5_000,
    },
    poolErrorHandler: () => undefined,
  }).initialize();
  await withRunner(pool, (runner) => migrateAlone(runner, options));

  let writers = 0;
  return {
    dialect: "postgres",
    transaction: async (fn) => {
      writers += 1;
      try {
        return await whileBusy(() => pool.transaction(fn), mayRetry, RETRY_FOR_MS);
      } finally {
        writers -= 1;
      }
    },
    reader: pool.manager,
    snapshot: (fn) =>
      pool.transaction("REPEATABLE READ", async (db) => {
        await db.query("SET TRANSACTION READ ONLY");
        return fn(db);
      }),
    depth: () => writers,
    close: () => pool.destroy(),
  };
}

async function migrateAlone(runner: QueryRunner, options: DatabaseOptions): Promise<void> {
  await runner.query("SET lock_timeout = '60s'");
  await runner.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
  try {
    await migrate(runner, "postgres", options.migrations);
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`);
    await runner.query("RESET lock_timeout");
  }
}

async function withRunner<T>(pool: DataSource, fn: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = pool.createQueryRunner();
  try {
    return await fn(runner);
  } finally {
    await runner.release();
  }
}

/** A serialization failure or a deadlock: the same transaction may well succeed now. */
const mayRetry = (error: unknown): boolean => ["40001", "40P01"].includes(databaseCode(error) ?? "");
