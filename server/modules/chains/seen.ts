import type { Context, ReadContext } from "../../core/db/context.ts";
import { nowIn } from "../../core/db/now.ts";
import { sql } from "../../core/db/sql.ts";

/** What a node last told the process that follows a chain. */
export interface Seen {
  /** Height and chain second of its newest block. */
  readonly head: number;
  readonly headTimestampS: number;
  /** Milliseconds since it told so. */
  readonly answeredAgoMs: number;
}

/** How far a chain is followed, as the tables have it. Heights are block numbers. */
export interface Progress {
  readonly height: number;
  readonly timestampS: number;
  readonly format: number;
  readonly stopped: string | null;
  /** Undefined until a node has answered. */
  readonly seen: Seen | undefined;
}

/** Writes down what a node told, for the processes that do not ask it; the age is counted by the database's clock. */
export const recordSeen = (ctx: Context, chainId: number, { head, headTimestampS, answeredAgoMs }: Seen) =>
  sql(
    ctx.db,
    `UPDATE chain_cursor SET head = :head, head_timestamp_s = :headTimestampS, answered_at = ${nowIn(ctx.db)} - :ago
     WHERE chain_id = :chainId`,
    { chainId, head, headTimestampS, ago: Math.round(answeredAgoMs) },
  );

/** How far the house has come with a chain; undefined before the first block. */
export async function progressOf(ctx: ReadContext, chainId: number): Promise<Progress | undefined> {
  const { rows } = await sql<ProgressRow>(
    ctx.db,
    `SELECT height, timestamp_s, format, stopped, head, head_timestamp_s, ${nowIn(ctx.db)} - answered_at AS ago
     FROM chain_cursor WHERE chain_id = :chainId`,
    { chainId },
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { height, timestamp_s, format, stopped, head, head_timestamp_s, ago } = row;
  return {
    ...{ height: Number(height), timestampS: Number(timestamp_s), format: Number(format), stopped },
    seen:
      ago === null
        ? undefined
        : { head: Number(head), headTimestampS: Number(head_timestamp_s), answeredAgoMs: Math.max(0, Number(ago)) },
  };
}

type Whole = string | number;
interface ProgressRow {
  readonly height: Whole;
  readonly timestamp_s: Whole;
  readonly format: Whole;
  readonly stopped: string | null;
  readonly head: Whole | null;
  readonly head_timestamp_s: Whole | null;
  readonly ago: Whole | null;
}
