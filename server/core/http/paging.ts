import { z } from "zod";
import type { ReadContext } from "../db/context.ts";
import { type SqlValues, sql } from "../db/sql.ts";
import { problems } from "./problems.ts";

/** A parsed `Page`. */
export interface PageRequest {
  readonly page?: number | undefined;
  readonly per_page: number;
  readonly cursor?: string | undefined;
}

/** What a list verb found. */
export interface Slice<Row> {
  readonly rows: readonly Row[];
  /** How many there are in all; exact, or `COUNTED_TO` with `totalCapped`. */
  readonly total: number;
  readonly totalCapped?: boolean;
  readonly nextCursor: string | null;
}

/** Unfiltered totals come from counter rows; other totals are counted to here and no further. */
const COUNTED_TO = 10_000;

/** The shape of a list's answer, for `answers`. */
export const listOf = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({
    total: z.int().min(0),
    total_capped: z.boolean().optional().meta({ description: "There are more than total" }),
    current_page: z.int().min(1).nullable().meta({ description: "null when the list was read with a cursor" }),
    per_page: z.int(),
    next_cursor: z.string().nullable(),
    data: z.array(row),
  });

/** The only shape of a list in JSON. */
export const presentList = <Row, Shown>(slice: Slice<Row>, request: PageRequest, present: (row: Row) => Shown) => ({
  total: slice.total,
  ...(slice.totalCapped ? { total_capped: true } : {}),
  current_page: request.cursor === undefined ? (request.page ?? 1) : null,
  per_page: request.per_page,
  next_cursor: slice.nextCursor,
  data: slice.rows.map(present),
});

/**
 * How many rows a list has, counted no further than it is shown.
 * @param rows   what comes after FROM: a table and its condition; text of ours, never of a request
 * @param values of the condition's `:names`
 */
export async function countRows(
  { db }: ReadContext,
  rows: string,
  values: SqlValues = {},
): Promise<Pick<Slice<never>, "total" | "totalCapped">> {
  const counted = await sql<{ n: number | string }>(
    db,
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${rows} LIMIT ${COUNTED_TO + 1}) AS counted`,
    values,
  );
  const total = Number(counted.rows[0]?.n ?? 0);
  return { total: Math.min(total, COUNTED_TO), totalCapped: total > COUNTED_TO };
}

/** Rows to skip for a request by page number. */
export const offsetOf = ({ page = 1, per_page }: PageRequest): number => (page - 1) * per_page;

/**
 * Splits what a statement with `LIMIT per_page + 1` gave into the page and the cursor of the next.
 * @param keyOf the values the list is ordered by, of the last row shown
 */
export function cutPage<Row>(
  found: readonly Row[],
  perPage: number,
  keyOf: (row: Row) => readonly (string | number)[],
): { rows: readonly Row[]; nextCursor: string | null } {
  const rows = found.slice(0, perPage);
  const last = rows.at(-1);
  return { rows, nextCursor: last !== undefined && found.length > perPage ? encodeCursor(keyOf(last)) : null };
}

const encodeCursor = (key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString("base64url");

/**
 * The key a cursor stands for.
 * @param schema what a key of this list looks like; a cursor is a stranger's text like any other
 * @throws cursor_invalid
 * @example const [createdAt, id] = decodeCursor(cursor, z.tuple([z.int(), Uuid]));
 */
export function decodeCursor<Key>(cursor: string, schema: z.ZodType<Key>): Key {
  const parsed = schema.safeParse(jsonOf(cursor));
  if (!parsed.success) throw problems.cursor_invalid();
  return parsed.data;
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
