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
  const runner = db.queryRunner ?? db.dataSource.createQueryRunner();
  const numbered = db.dataSource.options.type === "postgres";
  const values: unknown[] = [];
  const bind = (value: unknown): string => {
    values.push(typeof value === "bigint" ? value.toString() : value);
    return numbered ? `$${values.length}` : "?";
  };
  const text = statement.replaceAll(/(?<!:):([a-zA-Z_]\w*)/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`No value for :${name} in ${statement}`);
    if (!Array.isArray(value)) return bind(value);
    return value.length === 0 ? "NULL" : value.map(bind).join(", ");
  });
  try {
    const result = await runner.query(text, values, true);
    return { rows: result.records as Row[], affected: result.affected ?? 0 };
  } finally {
    if (db.queryRunner === undefined && numbered) await runner.release();
  }
}
