import { sealedToken, sha256 } from "../../core/crypto.ts";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { holdUser } from "./hold.ts";

const HOUR_MS = 3_600_000;
/** Mails of one purpose that a user may cause in an hour. */
const MOST_AN_HOUR = 5;

/** What the holder of a mailed token may do. */
export type TokenPurpose = "verify_email" | "reset_password";

const LASTS_MS: Readonly<Record<TokenPurpose, number>> = { verify_email: 24 * HOUR_MS, reset_password: HOUR_MS };

/** A token that was mailed to somebody. */
export interface MailedToken {
  readonly userId: Id;
  /** Where it was sent. */
  readonly email: string;
}

/** A token about to be mailed; its text is made of `id` where the mail is written. */
export interface OpenToken {
  readonly id: Id;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Makes a token for one use. Its text is sealed from its id, so the task that mails it holds no secret, and mails the
 * same text however often it runs; the table keeps only the text's hash.
 * @param secret the house's, which makes the seal
 * @returns undefined when the user has caused as many mails as an hour allows
 */
export async function openMailToken(
  ctx: Context,
  secret: string,
  purpose: TokenPurpose,
  { userId, email }: MailedToken,
): Promise<OpenToken | undefined> {
  await holdUser(ctx, userId);
  const now = ctx.clock.now();
  await sql(ctx.db, "DELETE FROM account_token WHERE expires_at < :before", { before: now - HOUR_MS });
  if ((await recently(ctx, userId, purpose)) >= MOST_AN_HOUR) return undefined;
  const id = newId();
  const expiresAt = now + LASTS_MS[purpose];
  await sql(
    ctx.db,
    `INSERT INTO account_token (id, hash, user_id, purpose, email, created_at, expires_at)
     VALUES (:id, :hash, :userId, :purpose, :email, :now, :expiresAt)`,
    { id, hash: sha256(sealedToken(secret, id)), userId, purpose, email, now, expiresAt },
  );
  return { id, expiresAt };
}

/** Whose a token is, without using it up; undefined when it is worth nothing. */
export async function readMailToken(
  ctx: ReadContext,
  token: string,
  purpose: TokenPurpose,
): Promise<MailedToken | undefined> {
  const { rows } = await sql<{ user_id: Id; email: string }>(
    ctx.db,
    `SELECT user_id, email FROM account_token
     WHERE hash = :hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now`,
    { hash: sha256(token), purpose, now: ctx.clock.now() },
  );
  return rows[0] && { userId: rows[0].user_id, email: rows[0].email };
}

/** Uses a token up, in one statement. @returns undefined when it is not ours, used or expired */
export async function burnMailToken(
  ctx: Context,
  token: string,
  purpose: TokenPurpose,
): Promise<MailedToken | undefined> {
  const found = await readMailToken(ctx, token, purpose);
  const { affected } = await sql(
    ctx.db,
    `UPDATE account_token SET used_at = :now
     WHERE hash = :hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now`,
    { hash: sha256(token), purpose, now: ctx.clock.now() },
  );
  return affected === 1 ? found : undefined;
}

/** Makes every token of a purpose worthless that a user still has. */
export const voidMailTokens = (ctx: Context, userId: Id, purpose: TokenPurpose): Promise<unknown> =>
  sql(ctx.db, "DELETE FROM account_token WHERE user_id = :userId AND purpose = :purpose", { userId, purpose });

async function recently(ctx: ReadContext, userId: Id, purpose: TokenPurpose): Promise<number> {
  const { rows } = await sql<{ n: number | string }>(
    ctx.db,
    `SELECT count(*) AS n FROM account_token
     WHERE user_id = :userId AND purpose = :purpose AND created_at > :after`,
    { userId, purpose, after: ctx.clock.now() - HOUR_MS },
  );
  return Number(rows[0]?.n ?? 0);
}
