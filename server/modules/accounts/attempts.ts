import { sha256 } from "../../core/crypto.ts";
import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { problems } from "../../core/http/problems.ts";
import { usernameKey } from "./identity.ts";

/** How long failures count, in milliseconds, from the first. */
const WINDOW_MS = 15 * 60_000;

/** Failures allowed in a window. */
export interface AttemptBounds {
  /** Against one user name, from wherever. */
  readonly account: number;
  /** From one network, against whomever. */
  readonly network: number;
}

/** Whose password is tried, and from where. */
export interface Attempt {
  /** As it was typed; it need not exist. */
  readonly username: string;
  readonly network: string;
}

/**
 * Counts an attempt before the password is looked at, so that parallel ones cannot all pass; a success gives it back.
 * Kept in the table, so that neither a restart nor a second replica forgets.
 * @throws rate_limited
 */
export async function takeAttempt(ctx: Context, attempt: Attempt, bounds: AttemptBounds): Promise<void> {
  const now = ctx.clock.now();
  await sql(ctx.db, "DELETE FROM login_attempts WHERE window_ends_at <= :now", { now });
  await take(ctx, accountKey(attempt.username), bounds.account);
  await take(ctx, networkKey(attempt.network), bounds.network);
}

/** Says that an attempt was right: it counts for nothing, and for the account those before count no more. */
export async function forgiveAttempt(ctx: Context, { username, network }: Attempt): Promise<void> {
  await forgetAttempts(ctx, username);
  await sql(ctx.db, "UPDATE login_attempts SET attempts = attempts - 1 WHERE key = :key AND attempts > 0", {
    key: networkKey(network),
  });
}

/** Lets a user try again who has proved themselves in another way. */
export const forgetAttempts = (ctx: Context, username: string): Promise<unknown> =>
  sql(ctx.db, "DELETE FROM login_attempts WHERE key = :key", { key: accountKey(username) });

async function take(ctx: Context, key: string, most: number): Promise<void> {
  const now = ctx.clock.now();
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO login_attempts (key, attempts, window_ends_at) VALUES (:key, 1, :ends)
     ON CONFLICT (key) DO UPDATE SET attempts = login_attempts.attempts + 1 WHERE login_attempts.attempts < :most`,
    { key, most, ends: now + WINDOW_MS },
  );
  if (affected === 1) return;
  const { rows } = await sql<{ window_ends_at: number | string }>(
    ctx.db,
    "SELECT window_ends_at FROM login_attempts WHERE key = :key",
    { key },
  );
  const wait = Math.max(1, Math.ceil((Number(rows[0]?.window_ends_at ?? now) - now) / 1_000));
  throw problems.rate_limited(`Too many passwords were wrong. Try again in ${wait} s, or reset the password by mail.`, {
    retry_after: wait,
  });
}

const accountKey = (username: string): string => sha256(`account:${usernameKey(username)}`);
const networkKey = (network: string): string => sha256(`network:${network}`);
