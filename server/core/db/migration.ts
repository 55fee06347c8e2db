import type { QueryRunner } from "typeorm";

export type Dialect = "sqlite" | "postgres";

/** The names of our column types in one database's SQL. */
export interface ColumnTypes {
  dialect: Dialect;
  uuid: string;
  text: string;
  integer: string;
  boolean: string;
  /** A whole number beyond 32 bits. */
  whole: string;
  /** Epoch milliseconds. */
  time: string;
  /** Base units of a token; see `tokenAmount()` in columns.ts. */
  tokenAmount: string;
  json: string;
  /** Minor units; the column's name is needed for its CHECK, so write `price ${t.money("price")} NOT NULL`. */
  money(column: string): string;
}

/** One step of the schema, the same for both databases. */
export interface Migration {
  /** `NNNN_words`; the number orders all rooms' migrations, and a name that has run never changes. */
  name: string;
  /** The statements, in order. They run in one transaction. */
  up(types: ColumnTypes): string[];
  /**
   * Set where a table that others refer to is made anew, as SQLite needs for most changes: there its foreign keys do
   * not act meanwhile, and the commit is refused if one then points at nothing.
   * @see https://www.sqlite.org/lang_altertable.html#otheralter
   */
  rebuilds?: true;
}

const MAX_MINOR = "9007199254740991";

const columnTypes: Record<Dialect, ColumnTypes> = {
  sqlite: types("sqlite", "text", "text"),
  postgres: types("postgres", "uuid", "numeric(78,0)"),
};

function types(dialect: Dialect, uuid: string, tokenAmount: string): ColumnTypes {
  return {
    dialect,
    uuid,
    tokenAmount,
    text: "text",
    integer: "integer",
    boolean: "boolean",
    whole: "bigint",
    time: "bigint",
    json: "text",
    money: (column) => `bigint CHECK (${column} BETWEEN -${MAX_MINOR} AND ${MAX_MINOR})`,
  };
}

const TABLE = "schema_migration";

/** A schema that this program is older than: it must not touch it. */
export class SchemaTooNew extends Error {
  constructor(names: readonly string[]) {
    super(`The database has migrations this version does not know (${names.join(", ")}). Start the newer version.`);
    this.name = "SchemaTooNew";
  }
}

/**
 * Brings the schema to this program's version, each migration in its own transaction.
 * @returns the names of the migrations that ran
 * @throws SchemaTooNew when the database was written by a later version
 */
export async function migrate(
  runner: QueryRunner,
  dialect: Dialect,
  migrations: readonly Migration[],
): Promise<string[]> {
  const ordered = inOrder(migrations);
  await runner.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (name text PRIMARY KEY, run_at bigint NOT NULL)`);
  const rows: { name: string }[] = await runner.query(`SELECT name FROM ${TABLE}`);
  const ran = new Set(rows.map(({ name }) => name));

  const known = new Set(ordered.map(({ name }) => name));
  const unknown = [...ran].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new SchemaTooNew(unknown);

  const due = ordered.filter(({ name }) => !ran.has(name));
  for (const migration of due) await run(runner, dialect, migration);
  return due.map(({ name }) => name);
}

async function run(runner: QueryRunner, dialect: Dialect, migration: Migration): Promise<void> {
  if (dialect === "postgres" || !migration.rebuilds) return inTransaction(runner, dialect, migration);
  // SQLite ignores this pragma inside a transaction.
  await runner.query("PRAGMA foreign_keys = OFF");
  try {
    await inTransaction(runner, dialect, migration);
  } finally {
    await runner.query("PRAGMA foreign_keys = ON");
  }
}

async function inTransaction(runner: QueryRunner, dialect: Dialect, migration: Migration): Promise<void> {
  await runner.startTransaction();
  try {
    for (const statement of migration.up(columnTypes[dialect])) await runner.query(statement);
    if (dialect === "sqlite" && migration.rebuilds) await refuseDangling(runner, migration);
    await runner.query(`INSERT INTO ${TABLE} (name, run_at) VALUES ('${migration.name}', ${Date.now()})`);
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

async function refuseDangling(runner: QueryRunner, { name }: Migration): Promise<void> {
  const [dangling]: { table: string; parent: string }[] = await runner.query("PRAGMA foreign_key_check");
  if (dangling !== undefined)
    throw new Error(`${name} would leave rows of ${dangling.table} that refer to nothing in ${dangling.parent}`);
}

function inOrder(migrations: readonly Migration[]): Migration[] {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, { name }] of ordered.entries()) {
    if (!/^\d{4}_[a-z0-9_]+$/.test(name)) throw new Error(`"${name}" is no name of a migration`);
    if (ordered[index + 1]?.name === name) throw new Error(`Two migrations are called "${name}"`);
  }
  return ordered;
}
