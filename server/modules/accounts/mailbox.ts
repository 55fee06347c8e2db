import type { ReadContext } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import { type Language, User } from "./entities.ts";

/** Where a user is written to. */
export interface Mailbox {
  readonly email: string;
  readonly language: Language;
}

/** Where a user is written to; undefined until an address of theirs is verified. */
export async function mailboxOf(ctx: ReadContext, userId: Id): Promise<Mailbox | undefined> {
  const user = await ctx.db.findOneBy(User, { id: userId });
  return user?.email == null ? undefined : { email: user.email, language: user.language };
}
