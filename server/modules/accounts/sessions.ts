import { randomToken, sha256 } from "../../core/crypto.ts";
import type { Context, ReadContext, Role } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { LoginSession } from "./entities.ts";

const DAY_MS = 24 * 3_600_000;
/** How long a refresh token waits for its use. */
const REFRESH_MS = 30 * DAY_MS;
/** How long a login lasts, however often it is refreshed. */
const SESSION_MS = 90 * DAY_MS;

/** A login and the one refresh token that goes on with it. */
export interface OpenSession {
  readonly sessionId: Id;
  readonly userId: Id;
  readonly refreshToken: string;
}

/** Opens a session for a user who has just proved who they are, and forgets sessions long gone. */
export async function openSession(ctx: Context, userId: Id): Promise<OpenSession> {
  const now = ctx.clock.now();
  await sql(ctx.db, "DELETE FROM login_session WHERE expires_at < :now", { now });
  const session = { id: newId(), userId, createdAt: now, expiresAt: now + SESSION_MS, revokedAt: null };
  await ctx.db.insert(LoginSession, session);
  return { sessionId: session.id, userId, refreshToken: await addRefreshToken(ctx, session) };
}

/**
 * Trades a refresh token for the next one of its session. A token that comes a second time was stolen from somebody,
 * so its session ends; of two requests at once one wins, and the other is such a second time.
 * @returns undefined when the token is worth nothing. The caller must let the write stand nevertheless.
 */
export async function rotate(ctx: Context, refreshToken: string): Promise<OpenSession | undefined> {
  const hash = sha256(refreshToken);
  const now = ctx.clock.now();
  const used = await sql(
    ctx.db,
    "UPDATE refresh_token SET used_at = :now WHERE hash = :hash AND used_at IS NULL AND expires_at > :now",
    { hash, now },
  );
  const sessionId = await sessionOfHash(ctx, hash);
  if (sessionId === undefined) return undefined;
  if (used.affected !== 1) {
    await revokeSession(ctx, sessionId);
    return undefined;
  }
  const session = await ctx.db.findOneByOrFail(LoginSession, { id: sessionId });
  if (session.revokedAt !== null || session.expiresAt <= now) return undefined;
  return { sessionId, userId: session.userId, refreshToken: await addRefreshToken(ctx, session) };
}

/** Ends a session: its access tokens and refresh tokens are worth nothing from now on. */
export async function revokeSession(ctx: Context, sessionId: Id): Promise<void> {
  await sql(ctx.db, "UPDATE login_session SET revoked_at = :now WHERE id = :sessionId AND revoked_at IS NULL", {
    sessionId,
    now: ctx.clock.now(),
  });
}

/** Ends all sessions of a user, but for the one that `keep` names. */
export async function revokeSessionsOf(ctx: Context, userId: Id, keep: Id | null = null): Promise<void> {
  const { rows } = await sql<{ id: Id }>(
    ctx.db,
    "SELECT id FROM login_session WHERE user_id = :userId AND revoked_at IS NULL",
    { userId },
  );
  for (const { id } of rows) if (id !== keep) await revokeSession(ctx, id);
}

/** Ends the session of a refresh token, if it is one of this user's. */
export async function revokeByToken(ctx: Context, userId: Id, refreshToken: string): Promise<void> {
  const sessionId = await sessionOfHash(ctx, sha256(refreshToken));
  if (sessionId === undefined) return;
  const owned = await ctx.db.existsBy(LoginSession, { id: sessionId, userId });
  if (owned) await revokeSession(ctx, sessionId);
}

/** The roles of a user as long as their session lasts; undefined when it has ended. */
export async function rolesInSession(ctx: ReadContext, userId: Id, sessionId: Id): Promise<Role[] | undefined> {
  const { rows } = await sql<{ role: Role }>(
    ctx.db,
    `SELECT r.role FROM login_session s JOIN user_role r ON r.user_id = s.user_id
     WHERE s.id = :sessionId AND s.user_id = :userId AND s.revoked_at IS NULL AND s.expires_at > :now`,
    { sessionId, userId, now: ctx.clock.now() },
  );
  return rows.length > 0 ? rows.map(({ role }) => role) : undefined;
}

async function addRefreshToken(ctx: Context, session: { id: Id; expiresAt: number }): Promise<string> {
  const token = randomToken();
  await sql(ctx.db, "INSERT INTO refresh_token (hash, session_id, expires_at) VALUES (:hash, :sessionId, :expiresAt)", {
    hash: sha256(token),
    sessionId: session.id,
    expiresAt: Math.min(ctx.clock.now() + REFRESH_MS, session.expiresAt),
  });
  return token;
}

async function sessionOfHash(ctx: ReadContext, hash: string): Promise<Id | undefined> {
  const { rows } = await sql<{ session_id: Id }>(ctx.db, "SELECT session_id FROM refresh_token WHERE hash = :hash", {
    hash,
  });
  return rows[0]?.session_id;
}
