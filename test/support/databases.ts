import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../server/core/clock.ts";
import { type Database, openDatabase } from "../../server/core/db/database.ts";
import * as house from "../../server/schema.ts";
import { emptyPostgres, migratedPostgres } from "./postgres.ts";

/** What a database test knows of the database it runs on; usable from the suite's first `before` on. */
export type TestDatabase = {
  readonly dialect: "sqlite" | "postgres";
  database(): Database;
  /** For a second process, or a reader outside the house. */
  url(): string;
  /** Another handle on the same data, as a second server replica or a restart has. Closed with the suite. */
  openAnother(): Promise<Database>;
};

/** What may differ from the house's own schema and clock. */
export type TestDatabaseOptions = {
  schema?: Pick<Parameters<typeof openDatabase>[0], "entities" | "migrations">;
  clock?: Clock;
};

/**
 * Runs a suite twice, on a fresh SQLite file and on a fresh PostgreSQL database. The only way to write a database test.
 * @example
 * onBothDatabases((db) => {
 *   it("keeps what it was told", async () => { await db.database().write(actor, …) });
 * });
 */
export function onBothDatabases(suite: (db: TestDatabase) => void, options: TestDatabaseOptions = {}): void {
  describe("on SQLite", () => suite(openedAround("sqlite", sqliteFile, options)));
  describe("on PostgreSQL", () => suite(openedAround("postgres", () => postgresFor(options), options)));
}

type Fresh = { url: string; drop(): Promise<void> };

function openedAround(
  dialect: TestDatabase["dialect"],
  make: () => Promise<Fresh>,
  options: TestDatabaseOptions,
): TestDatabase {
  let fresh: Fresh | undefined;
  const opened: Database[] = [];
  const url = () => {
    if (!fresh) throw new Error("the database is opened in before(); use it in tests and hooks only");
    return fresh.url;
  };
  const openAnother = async () => {
    const database = await open(url(), options);
    opened.push(database);
    return database;
  };
  before(async () => {
    fresh = await make();
    await openAnother();
  });
  after(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await fresh?.drop();
  });
  const database = () => {
    const [first] = opened;
    if (!first) throw new Error("the database is opened in before(); use it in tests and hooks only");
    return first;
  };
  return { dialect, database, url, openAnother };
}

function open(url: string, { schema = house, clock = systemClock }: TestDatabaseOptions): Promise<Database> {
  const { entities, migrations } = schema;
  return openDatabase({ url, entities, migrations, clock });
}

/** A path for a SQLite database that does not exist yet, in a temporary folder of its own. */
async function sqliteFile(): Promise<Fresh> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-sqlite-"));
  return { url: `sqlite:${join(folder, "test.sqlite")}`, drop: () => rm(folder, { recursive: true, force: true }) };
}

function postgresFor(options: TestDatabaseOptions): Promise<Fresh> {
  if (options.schema) return emptyPostgres();
  return migratedPostgres(async (url) => {
    const database = await open(url, options);
    await database.close();
  });
}
