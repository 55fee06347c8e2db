import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import SqliteConnection from "better-sqlite3";
import { DataSource, type QueryRunner } from "typeorm";
import type { Connections, DatabaseOptions } from "./connections.ts";
import { Gate, type SharedTransaction } from "./gate.ts";
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
      statementCacheSize: 250,
      entities: [...options.entities],
      namingStrategy: new SnakeNaming(),
      prepareDatabase: (database: SqliteConnection) => prepare(database, readonly),
    });

  const writer = await whileBusy(() => source(ImmediateConnection, false).initialize(), isBusy, BUSY_FOR_MS);
  await whileBusy(() => migrate(writer.createQueryRunner(), "sqlite", options.migrations), isBusy, BUSY_FOR_MS);
  const reader = await source(SqliteConnection, true).initialize();

  const runner = writer.createQueryRunner();
  const gate = new Gate(sharedTransaction(runner));
  return {
    dialect: "sqlite",
    transaction: (fn) => gate.pass(() => fn(runner.manager)),
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
      await gate.empty();
      await writer.destroy();
      await reader.destroy();
    },
  };
}

function prepare(database: SqliteConnection, readonly: boolean): void {
  // KiB. The driver's own 16 MB for each connection buys nothing: the operating system keeps the file's pages, too.
  database.pragma("cache_size = -4000");
  if (readonly) return;
  database.pragma("journal_mode = WAL");
  // In WAL, NORMAL can lose the last commits when the power goes; what people were told must stand.
  database.pragma("synchronous = FULL");
  // Pages of 4 KiB. After SQLite's own 1,000 every transaction of a backlog would copy what it wrote into the file at once.
  database.pragma("wal_autocheckpoint = 4000");
}

/** The transaction of the one writing connection; another process may hold the file for a while. */
function sharedTransaction(runner: QueryRunner): SharedTransaction {
  const isOpen = (): boolean => (runner as unknown as Held).driver.databaseConnection.inTransaction;
  return {
    isOpen,
    begin: () => whileBusy(() => begin(runner), isBusy, BUSY_FOR_MS),
    commit: () => whileBusy(() => runner.commitTransaction(), isBusy, BUSY_FOR_MS),
    async rollback() {
      if (isOpen()) await runner.query("ROLLBACK");
      forgetTransaction(runner);
    },
    savepoint: (fn) =>
      whileBusy(
        () => savepoint(runner, fn, isOpen),
        (error) => isBusy(error) && isOpen(),
        BUSY_FOR_MS,
      ),
  };
}

/** What a TypeORM runner has and its type does not say. */
interface Held {
  isTransactionActive: boolean;
  transactionDepth: number;
  readonly driver: { readonly databaseConnection: { readonly inTransaction: boolean } };
}

async function savepoint<T>(runner: QueryRunner, fn: () => Promise<T>, isOpen: () => boolean): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await fn();
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (isOpen()) await runner.rollbackTransaction();
    throw error;
  }
}

async function begin(runner: QueryRunner): Promise<void> {
  try {
    await runner.startTransaction();
  } catch (error) {
    forgetTransaction(runner);
    throw error;
  }
}

/** TypeORM believes itself in a transaction even when BEGIN failed, or when SQLite has ended it. */
function forgetTransaction(runner: QueryRunner): void {
  Object.assign(runner as unknown as Held, { isTransactionActive: false, transactionDepth: 0 });
}

const isBusy = (error: unknown): boolean => databaseCode(error)?.startsWith("SQLITE_BUSY") ?? false;
