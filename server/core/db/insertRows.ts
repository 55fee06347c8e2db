import type { EntityManager } from "typeorm";
import { sql } from "./sql.ts";

type Value = string | number | boolean | null;

/** Both databases take at least 32,766 parameters; statements this size are few and still short. */
const MOST_PARAMETERS = 10_000;

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
  let affected = 0;
  for (let from = 0; from < rows.length; from += most) {
    const values: Record<string, Value> = {};
    const tuples = rows.slice(from, from + most).map((row, at) => {
      const names = columns.map((column) => `${column}_${at}`);
      for (const [index, column] of columns.entries()) values[names[index] ?? ""] = row[column] ?? null;
      return `(${names.map((name) => `:${name}`).join(", ")})`;
    });
    const statement = `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${tuples.join(", ")} ${tail}`;
    affected += (await sql(db, statement, values)).affected;
  }
  return affected;
}
