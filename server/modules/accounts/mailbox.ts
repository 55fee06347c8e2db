import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import type { Language } from "./entities.ts";

/** Where a user is written to. */
export interface Mailbox {
  readonly email: string;
  readonly language: Language;
}

/** Where a user is written to; undefined until an address of theirs is verified. */
export const mailboxOf = async (ctx: ReadContext, userId: Id): Promise<Mailbox | undefined> =>
  (await mailboxesOf(ctx, [userId])).get(userId);

/** Where these users are written to; without those who have no verified address. */
export async function mailboxesOf(ctx: ReadContext, userIds: readonly Id[]): Promise<ReadonlyMap<Id, Mailbox>> {
  if (userIds.length === 0) return new Map();
  const { rows } = await sql<Mailbox & { readonly id: Id }>(
    ctx.db,
    "SELECT id, email, language FROM app_user WHERE id IN (:ids) AND email IS NOT NULL",
    { ids: [...new Set(userIds)] },
  );
  return new Map(rows.map(({ id, ...mailbox }) => [id, mailbox]));
}
