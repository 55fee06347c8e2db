import type { ReadContext } from "./db/context.ts";
import { sql } from "./db/sql.ts";
import type { Lane } from "./tasks.ts";

/** Tasks of one kind that are not done, and wait for the same thing. */
export interface WaitingTasks {
  readonly kind: string;
  /** Why the last run did not end it; null before the first. */
  readonly why: string | null;
  readonly count: number;
  /** Most runs of one of them. */
  readonly attempts: number;
  /** When the next of them runs, in epoch milliseconds. */
  readonly nextRunAt: number;
}

/** What waits in a lane, by kind and reason, most first; at most `most` of these. */
export async function waitingTasks(
  ctx: ReadContext,
  { name, alsoWithout, prefix }: Lane & { readonly prefix: string },
  most: number,
): Promise<WaitingTasks[]> {
  const { rows } = await sql<
    Record<"count" | "attempts" | "next", string | number> & Pick<WaitingTasks, "kind" | "why">
  >(
    ctx.db,
    `SELECT kind, last_error AS why, COUNT(*) AS count, MAX(attempts) AS attempts, MIN(run_at) AS next FROM task
     WHERE done_at IS NULL AND (lane = :name${alsoWithout ? " OR lane IS NULL AND kind LIKE :like" : ""})
     GROUP BY kind, last_error ORDER BY COUNT(*) DESC, kind LIMIT ${most}`,
    { name, ...(alsoWithout ? { like: `${prefix}%` } : {}) },
  );
  return rows.map(({ kind, why, count, attempts, next }) => ({
    ...{ kind, why, count: Number(count), attempts: Number(attempts), nextRunAt: Number(next) },
  }));
}
