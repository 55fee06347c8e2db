import { z } from "zod";
import { decodeCursor } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { Uuid } from "../../core/http/schemas.ts";

/** The orders a shelf can be shown in. `relevance` is for words that were asked for. */
export const SORTS = ["oldest", "newest", "price_asc", "price_desc", "name", "relevance"] as const;
export type Sort = (typeof SORTS)[number];

/** What a shelf is put in order by, as a cursor carries it. */
const COLUMNS = {
  good_id: Uuid,
  price_min: z.int(),
  name_key: z.string().regex(/^[^\p{Cc}\p{Cs}]{0,60}$/u),
  /** 0 where the title has all the words, 1 where the description is needed. */
  tier: z.union([z.literal(0), z.literal(1)]),
  doc: z.int(),
};
type Column = keyof typeof COLUMNS;
type Key = Readonly<Partial<Record<Column, string | number>>>;

const order = (columns: readonly Column[], forward: boolean) => ({ columns, forward });

const ORDERS: Readonly<Record<Sort, ReturnType<typeof order>>> = {
  oldest: order(["good_id"], true),
  newest: order(["good_id"], false),
  price_asc: order(["price_min", "good_id"], true),
  price_desc: order(["price_min", "good_id"], false),
  name: order(["name_key", "good_id"], true),
  relevance: order(["tier", "doc"], true),
};

/** What comes after ORDER BY. @param table whose columns they are */
export function orderBy(sort: Sort, table: string): string {
  if (sort === "relevance") return `${table}.tier, ${table}.doc DESC`;
  const { columns, forward } = ORDERS[sort];
  return columns.map((column) => `${table}.${column}${forward ? "" : " DESC"}`).join(", ");
}

/** The condition that a row comes after a key in an order by columns of the shelf, and its values. */
export function comesAfter(
  sort: Sort,
  table: string,
  key: Key,
): { text: string; values: Record<string, string | number> } {
  const { columns, forward } = ORDERS[sort];
  const left = columns.map((column) => `${table}.${column}`).join(", ");
  const right = columns.map((column) => `:after_${column}`).join(", ");
  return {
    text: `(${left}) ${forward ? ">" : "<"} (${right})`,
    values: Object.fromEntries(columns.map((column) => [`after_${column}`, key[column] ?? ""])),
  };
}

/** @throws cursor_invalid when the cursor is not of a list in this order */
export function keyOfCursor(sort: Sort, cursor: string): Key {
  const { columns } = ORDERS[sort];
  const values = decodeCursor(cursor, z.array(z.union([z.string(), z.number()])).length(columns.length));
  const shape = z.object(Object.fromEntries(columns.map((column) => [column, COLUMNS[column]])));
  const named = Object.fromEntries(columns.map((column, at) => [column, values[at]]));
  const parsed = shape.safeParse(named);
  if (!parsed.success) throw problems.cursor_invalid();
  return named as Key;
}

/** What a cursor after this row carries. PostgreSQL gives whole numbers as texts. */
export const cursorKey = (sort: Sort, row: Readonly<Record<Column, string | number>>): (string | number)[] =>
  ORDERS[sort].columns.map((column) =>
    column === "good_id" || column === "name_key" ? row[column] : Number(row[column]),
  );
