import type { EntityManager } from "typeorm";
import { isPostgres, placeholders, runText } from "./sql.ts";

type Value = string | number | boolean | null;

/** Both databases take at least 32,766 parameters; statements this size are few and still short. */
const MOST_PARAMETERS = 10_000;
/**
 * SQLite costs nothing per statement but its compilation: so its statements have few lengths, and each is compiled once.
 * PostgreSQL is asked as seldom as can be.
 */
const SQLITE_LENGTHS = [256, 64, 16] as const;
/** Below this the texts of every length are kept. */
const SHORT = 16;

/**
 * Inserts rows by as few statements as there can be, without making entities of them.
 * @param table  text of ours, never of a request; so are the rows' column names, the same in every row
 * @param tail   what follows the values, such as `ON CONFLICT … DO NOTHING`
 * @returns how many rows were inserted or, by the tail, updated
 */
export async function insertRows<Row extends Readonly<Record<string, Value>>>(
  db: EntityManager,
  table: string,
  rows: readonly Row[],
  tail = "",
): Promise<number> {
  const columns = Object.keys(rows[0] ?? {});
  const most = Math.max(1, Math.floor(MOST_PARAMETERS / Math.max(1, columns.length)));
  const lengths = isPostgres(db) ? [most] : SQLITE_LENGTHS.filter((length) => length <= most);
  const into = { table, columns, tail };
  let affected = 0;
  for (let from = 0; from < rows.length; ) {
    const left = rows.length - from;
    const count = lengths.find((length) => length <= left) ?? left;
    affected += (await runText(db, textOf(db, into, count), valuesOf(rows, columns, from, count))).affected;
    from += count;
  }
  return affected;
}

function valuesOf(
  rows: readonly Readonly<Record<string, Value>>[],
  columns: readonly string[],
  from: number,
  count: number,
): Value[] {
  const values: Value[] = [];
  for (const row of rows.slice(from, from + count)) for (const column of columns) values.push(row[column] ?? null);
  return values;
}

interface Into {
  readonly table: string;
  readonly columns: readonly string[];
  readonly tail: string;
}

/** Texts that were made, by what they insert; tables, columns and tails are ours, and so few. */
const kept = new Map<string, string>();

function textOf(db: EntityManager, into: Into, count: number): string {
  const { table, columns, tail } = into;
  const place = placeholders(db);
  const key = `${place(1)} ${table} ${columns.join()} ${count} ${tail}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const tuple = (_: unknown, row: number): string =>
    `(${columns.map((_, at) => place(row * columns.length + at + 1)).join(", ")})`;
  const tuples = Array.from({ length: count }, tuple).join(", ");
  const text = `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${tuples} ${tail}`;
  if (count <= SHORT || !isPostgres(db)) kept.set(key, text);
  return text;
}
