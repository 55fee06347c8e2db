import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";

/**
 * Holds a user until the transaction ends. Whoever counts what a user has, or changes their ways in, does it first, so
 * that two at once cannot each believe the other's is not there. On SQLite the write gate does that already.
 */
export const holdUser = (ctx: Context, userId: Id): Promise<unknown> =>
  sql(ctx.db, "UPDATE app_user SET created_at = created_at WHERE id = :userId", { userId });
