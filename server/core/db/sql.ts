import type { EntityManager } from "typeorm";

/** The values of a statement's `:names`. */
export type SqlValues = Readonly<Record<string, Parameter>>;

type Parameter = string | number | bigint | boolean | null | readonly (string | number)[];

/** What a statement did: the rows it gave and how many it changed. */
export interface SqlResult<Row> {
  rows: Row[];
  affected: number;
}

/**
 * Runs one statement with named parameters on either database.
 * An array parameter is spelt out, so `id IN (:ids)` works; an empty one matches nothing.
 * Values come back raw: a `bigint` column of PostgreSQL is a string, one of SQLite a number.
 * @param statement SQL with `:name` parameters; `::type` casts are left alone
 */
export async function sql<Row = Record<string, unknown>>(
  db: EntityManager,
  statement: string,
  parameters: SqlValues = {},
): Promise<SqlResult<Row>> {
  const place = placeholders(db);
  const values: unknown[] = [];
  const bind = (value: unknown): string => {
    values.push(typeof value === "bigint" ? value.toString() : value);
    return place(values.length);
  };
  const { texts, names } = partsOf(statement);
  let text = texts[0] ?? "";
  for (const [at, name] of names.entries()) {
    const value = parameters[name];
    if (value === undefined) throw new Error(`No value for :${name} in ${statement}`);
    if (!Array.isArray(value)) text += bind(value);
    else text += value.length === 0 ? "NULL" : value.map(bind).join(", ");
    text += texts[at + 1] ?? "";
  }
  return runText(db, text, values);
}

/** Runs a statement whose parameters are spelt as the database has them, by `placeholders`. */
export async function runText<Row = Record<string, unknown>>(
  db: EntityManager,
  text: string,
  values: unknown[],
): Promise<SqlResult<Row>> {
  const runner = db.queryRunner ?? db.dataSource.createQueryRunner();
  try {
    const result = await runner.query(text, values, true);
    return { rows: result.records as Row[], affected: result.affected ?? 0 };
  } finally {
    if (db.queryRunner === undefined && isPostgres(db)) await runner.release();
  }
}

/** How the database calls its parameter number `at`, from 1. */
export const placeholders = (db: EntityManager): ((at: number) => string) =>
  isPostgres(db) ? (at) => `$${at}` : () => "?";

export const isPostgres = (db: EntityManager): boolean => db.dataSource.options.type === "postgres";

interface Parts {
  readonly texts: readonly string[];
  readonly names: readonly string[];
}

/** Statements taken apart, by their text; all are of ours, and few of them are made from parts. */
const taken = new Map<string, Parts>();
const MOST_TAKEN = 2_000;

/** What is between the parameters of a statement, and their names. */
function partsOf(statement: string): Parts {
  const known = taken.get(statement);
  if (known !== undefined) return known;
  const pieces = statement.split(/(?<!:):([a-zA-Z_]\w*)/);
  const parts = { texts: pieces.filter((_, at) => at % 2 === 0), names: pieces.filter((_, at) => at % 2 === 1) };
  if (taken.size < MOST_TAKEN) taken.set(statement, parts);
  return parts;
}
