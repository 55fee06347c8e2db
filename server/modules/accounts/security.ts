import type { Context } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import { type LetterValues, sendMail } from "../mail/index.ts";
import { mailboxOf } from "./mailbox.ts";

type SecurityLetter = "password_changed" | "email_changed" | "wallet_linked" | "wallet_unlinked";

/** Mails a user that a way into their account has changed; only to an address that is theirs for certain. */
export async function tellOwner<Name extends SecurityLetter>(
  ctx: Context,
  userId: Id,
  letter: Name,
  values: LetterValues<Name>,
): Promise<void> {
  const mailbox = await mailboxOf(ctx, userId);
  if (mailbox !== undefined) await sendMail(ctx, { to: mailbox.email, language: mailbox.language, letter, values });
}
