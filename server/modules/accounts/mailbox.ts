import { In } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import { type Language, User } from "./entities.ts";

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
  const users = await ctx.db.findBy(User, { id: In([...new Set(userIds)]) });
  return new Map(users.flatMap(({ id, email, language }) => (email == null ? [] : [[id, { email, language }]])));
}
