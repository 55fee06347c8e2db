import type { Context, Json } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import type { LetterName, LetterValues, MailLanguage } from "./values.ts";

/** The kind of the task that sends one mail. */
export const MAIL = "mail.send";

const DAY_MS = 24 * 3_600_000;

/** A letter to be sent, and whereto. */
export interface Mailing<Name extends LetterName> {
  readonly to: string;
  readonly language: MailLanguage;
  readonly letter: Name;
  readonly values: LetterValues<Name>;
  /** The id of a token that goes with the letter; its text is made when the mail is written, and kept nowhere. */
  readonly tokenId?: Id;
  /** Epoch milliseconds after which nobody wants it any more; a day from now unless said. */
  readonly until?: number;
  /** Says the same thing only once. */
  readonly key?: string;
}

/** Sends a mail once this transaction stands. It is tried again, also after a restart, until it went or is too late. */
export function sendMail<Name extends LetterName>(ctx: Context, mailing: Mailing<Name>): Promise<void> {
  const { to, language, letter, values, tokenId, until = ctx.clock.now() + DAY_MS, key } = mailing;
  const payload = { to, language, letter, values: values as Json, token_id: tokenId ?? null, until };
  return ctx.emit(MAIL, payload, key === undefined ? {} : { key: `${MAIL}:${key}` });
}
