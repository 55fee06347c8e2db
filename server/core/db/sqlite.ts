import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import SqliteConnection from "better-sqlite3";
import { DataSource, type EntityManager, type QueryRunner } from "typeorm";
import type { Connections, DatabaseOptions } from "./connections.ts";
import { Gate } from "./gate.ts";
import { migrate } from "./migration.ts";
import { SnakeNaming } from "./naming.ts";
import { databaseCode, whileBusy } from "./retry.ts";

/** How long a write waits for another process that holds the file, in milliseconds. */
const BUSY_FOR_MS = 5_000;

/**
 * TypeORM writes `BEGIN TRANSACTION`, which takes the write lock only at the first write and then fails where it
 * should have waited. This takes the lock at once.
 */
class ImmediateConnection extends SqliteConnection {
  override prepare(statement: string) {
    return super.prepare(statement === "BEGIN TRANSACTION" ? "BEGIN IMMEDIATE" : statement);
  }
}

/** Opens the file with one writer behind the gate and one reader that cannot write. */
export async function openSqlite(options: DatabaseOptions): Promise<Connections> {
  const file = options.url.slice("sqlite:".length);
  mkdirSync(dirname(file), { recursive: true });
  const source = (connection: typeof SqliteConnection, readonly: boolean): DataSource =>
    new DataSource({
      type: "better-sqlite3",
      database: file,
      driver: connection,
      readonly,
      // A busy wait inside the driver would stop the whole event loop; waiting is done outside.
      timeout: 0,
      statementCacheSize: 500,
      entities: [...options.entities],
      namingStrategy: new SnakeNaming(),
      prepareDatabase: (database: SqliteConnection) => prepare(database, readonly),
    });

  const writer = await whileBusy(() => source(ImmediateConnection, false).initialize(), isBusy, BUSY_FOR_MS);
  await whileBusy(() => migrate(writer.createQueryRunner(), "sqlite", options.migrations), isBusy, BUSY_FOR_MS);
  const reader = await source(SqliteConnection, true).initialize();

  const gate = new Gate();
  const runner = writer.createQueryRunner();
  return {
    dialect: "sqlite",
    transaction: (fn) => gate.pass(() => whileBusy(() => inTransaction(runner, fn), isBusy, BUSY_FOR_MS)),
    reader: reader.manager,
    snapshot: async (fn) => {
      const short = await source(SqliteConnection, true).initialize();
      try {
        return await short.transaction(fn);
      } finally {
        await short.destroy();
      }
    },
    depth: () => gate.depth,
    close: async () => {
      await gate.pass(() => writer.destroy());
      await reader.destroy();
    },
  };
}

function prepare(database: SqliteConnection, readonly: boolean): void {
  if (readonly) return;
  database.pragma("journal_mode = WAL");
  // In WAL, NORMAL can lose the last commits when the power goes; what people were told must stand.
  database.pragma("synchronous = FULL");
}

async function inTransaction<T>(runner: QueryRunner, fn: (db: EntityManager) => Promise<T>): Promise<T> {
  await begin(runner);
  try {
    const result = await fn(runner.manager);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  }
}

/** TypeORM believes itself in a transaction even when BEGIN failed; that belief is put right before a retry. */
async function begin(runner: QueryRunner): Promise<void> {
  try {
    await runner.startTransaction();
  } catch (error) {
    (runner as { isTransactionActive: boolean }).isTransactionActive = false;
    throw error;
  }
}

const isBusy = (error: unknown): boolean => databaseCode(error)?.startsWith("SQLITE_BUSY") ?? false;
