import type { EntityManager } from "typeorm";
import { isPostgres, placeholders, runText } from "./sql.ts";

type Columns = Readonly<Record<string, string | number | bigint | null>>;

/** A row to change: found by what its columns must still be, and what columns become. */
export interface RowChange {
  readonly was: Columns;
  readonly next: Columns;
}

/**
 * Changes rows of a table, each its own way, by one statement. What travels is one JSON text, so that the statement is the
 * same for any number of rows.
 * @param table   text of ours, never of a request; so are the columns' names, the same in every change
 * @param changes of different rows
 * @returns how many rows were as they should have been, and are changed
 */
export async function updateRows(db: EntityManager, table: string, changes: readonly RowChange[]): Promise<number> {
  const [first] = changes;
  if (first === undefined) return 0;
  const rows = JSON.stringify(changes, (_, value) => (typeof value === "bigint" ? value.toString() : value));
  const { from, column } = (isPostgres(db) ? onPostgres : onSqlite)(table, placeholders(db)(1));
  const set = Object.keys(first.next).map((name) => `${name} = ${column("next", name)}`);
  const where = Object.keys(first.was).map((name) => `${table}.${name} = ${column("was", name)}`);
  const text = `UPDATE ${table} SET ${set.join(", ")} FROM ${from} WHERE ${where.join(" AND ")}`;
  return (await runText(db, text, [rows])).affected;
}

/** How a statement names the rows it is given. */
interface Given {
  readonly from: string;
  readonly column: (of: keyof RowChange, name: string) => string;
}

/** The table itself says of what types its columns are. */
const onPostgres = (table: string, rows: string): Given => ({
  from: ["was", "next"].reduce(
    (from, of) => `${from}, jsonb_populate_record(NULL::${table}, given.change -> '${of}') AS ${of}_row`,
    `jsonb_array_elements(${rows}::jsonb) AS given (change)`,
  ),
  column: (of, name) => `${of}_row.${name}`,
});

const onSqlite = (_: string, rows: string): Given => ({
  from: `json_each(${rows}) AS given`,
  column: (of, name) => `given.value ->> '$.${of}.${name}'`,
});
