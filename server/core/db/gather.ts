import type { EntityManager } from "typeorm";
import type { Context } from "./context.ts";
import { insertRows } from "./insertRows.ts";
import { type RowChange, updateRows } from "./updateRows.ts";

type Row = Parameters<typeof insertRows>[2][number];

/** Rows that are inserted together, with what follows their values. */
interface Inserts {
  readonly table: string;
  readonly tail: string;
  readonly rows: Row[];
}

/** Changes that are written together, by the key of their row. */
interface Updates {
  readonly table: string;
  readonly byKey: Map<string, RowChange>;
  /** What is thrown when a row is not as it should have been. */
  readonly moved: () => Error;
}

interface Gathered {
  readonly inserts: Map<string, Inserts>;
  readonly updates: Map<string, Updates>;
}

/** What open transactions gather. */
const gathering = new WeakMap<EntityManager, Gathered>();

/**
 * Writes what `work` hands to `insertSoon` and `updateSoon` when it is done: by few statements, however many it did.
 * Until then those rows are as they were, also for `work`. When it fails nothing is written.
 */
export async function gather<T>(ctx: Context, work: () => Promise<T>): Promise<T> {
  const { db } = ctx;
  if (gathering.has(db)) return work();
  const gathered: Gathered = { inserts: new Map(), updates: new Map() };
  gathering.set(db, gathered);
  let result: T;
  try {
    result = await work();
  } finally {
    gathering.delete(db);
  }
  for (const { table, byKey, moved } of gathered.updates.values()) await update(db, table, [...byKey.values()], moved);
  for (const { table, rows, tail } of gathered.inserts.values()) await insertRows(db, table, rows, tail);
  return result;
}

/** Inserts a row now, or with others at the end of `gather`. Each table's rows keep their order. */
export async function insertSoon(db: EntityManager, table: string, row: Row, tail = ""): Promise<void> {
  const inserts = gathering.get(db)?.inserts;
  if (inserts === undefined) return void (await insertRows(db, table, [row], tail));
  const key = `${table} ${tail}`;
  const known = inserts.get(key);
  if (known) known.rows.push(row);
  else inserts.set(key, { table, tail, rows: [row] });
}

/**
 * Changes a row now, or with others at the end of `gather`: then changes of one row become one, from what it was at the
 * first to what it is after the last.
 * @param key   names the row among those of its table
 * @param moved what is thrown when the row is not as it should have been
 */
export async function updateSoon(
  db: EntityManager,
  table: string,
  key: string,
  change: RowChange,
  moved: () => Error,
): Promise<void> {
  const updates = gathering.get(db)?.updates;
  if (updates === undefined) return update(db, table, [change], moved);
  const { byKey } = updates.get(table) ?? { byKey: new Map<string, RowChange>() };
  byKey.set(key, { was: byKey.get(key)?.was ?? change.was, next: change.next });
  updates.set(table, { table, byKey, moved });
}

async function update(db: EntityManager, table: string, changes: readonly RowChange[], moved: () => Error) {
  if ((await updateRows(db, table, changes)) !== changes.length) throw moved();
}
