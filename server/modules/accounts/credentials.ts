import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { forgetAttempts } from "./attempts.ts";
import { askVerification } from "./emails.ts";
import { type Language, User } from "./entities.ts";
import { holdUser } from "./hold.ts";
import { usernameKey, usernameOf } from "./identity.ts";
import { burnMailToken, voidMailTokens } from "./mailTokens.ts";
import { accountProblems } from "./problems.ts";
import { tellOwner } from "./security.ts";
import { revokeSessionsOf } from "./sessions.ts";
import { grantRole } from "./users.ts";

/** What somebody says who registers. The hash is made before the transaction, for it takes its time. */
export interface Registration {
  readonly username: string;
  readonly passwordHash: string;
  readonly email: string;
  readonly language: Language;
}

/** What is looked at when a password is tried. */
export interface Credentials {
  readonly userId: Id;
  readonly username: string | null;
  readonly email: string | null;
  readonly passwordHash: string | null;
}

/**
 * Makes a user who signs in by a password, and mails their address for its verification. Whether the address belongs to
 * somebody already shows nowhere but in that mail.
 * @param secret the house's, for the mailed token
 * @throws username_taken
 */
export async function register(ctx: Context, secret: string, details: Registration): Promise<Id> {
  const { username, passwordHash, email, language } = details;
  const id = newId();
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO app_user (id, name, created_at, username, username_key, password_hash, language)
     VALUES (:id, '', :now, :username, :key, :passwordHash, :language) ON CONFLICT (username_key) DO NOTHING`,
    { id, now: ctx.clock.now(), username: usernameOf(username), key: usernameKey(username), passwordHash, language },
  );
  if (affected !== 1) throw accountProblems.username_taken();
  await grantRole(ctx, id, "shopper");
  await askVerification(ctx, secret, id, email);
  return id;
}

/** Whether nobody has a user name; a second look decides when it is taken. */
export const isFree = async (ctx: ReadContext, username: string): Promise<boolean> =>
  !(await ctx.db.existsBy(User, { usernameKey: usernameKey(username) }));

/** What to hold a password against, by user name. */
export async function credentialsByName(ctx: ReadContext, username: string): Promise<Credentials | undefined> {
  const user = await ctx.db.findOneBy(User, { usernameKey: usernameKey(username) });
  return user === null ? undefined : credentials(user);
}

/** What to hold a password against, of a user that exists. */
export const credentialsOf = async (ctx: ReadContext, userId: Id): Promise<Credentials> =>
  credentials(await ctx.db.findOneByOrFail(User, { id: userId }));

const credentials = ({ id, username, email, pendingEmail, passwordHash }: User): Credentials => ({
  userId: id,
  username,
  email: email ?? pendingEmail,
  passwordHash,
});

/** A password to be set in the place of another, or where there was none. */
export interface NewPassword {
  /** What was there when the user proved themselves. */
  readonly before: string | null;
  readonly passwordHash: string;
  /** For a user who has no user name yet. */
  readonly username?: string | undefined;
}

/**
 * Sets a user's password, and ends all their sessions but one.
 * @throws username_taken, conflict when somebody else has just set it
 */
export async function setPassword(ctx: Context, userId: Id, sessionId: Id, change: NewPassword): Promise<void> {
  await holdUser(ctx, userId);
  const user = await ctx.db.findOneByOrFail(User, { id: userId });
  if (user.passwordHash !== change.before) throw accountProblems.password_moved();
  const { username } = change;
  if (username !== undefined && !(await isFree(ctx, username))) throw accountProblems.username_taken();
  await ctx.db.update(
    User,
    { id: userId },
    {
      passwordHash: change.passwordHash,
      ...(username === undefined ? {} : { username: usernameOf(username), usernameKey: usernameKey(username) }),
    },
  );
  await passwordChanged(ctx, user, sessionId);
}

/**
 * Sets a password by a mailed token, and ends all sessions.
 * @throws mail_token_refused
 */
export async function resetPassword(ctx: Context, token: string, passwordHash: string): Promise<void> {
  const burnt = await burnMailToken(ctx, token, "reset_password");
  const user = burnt && (await ctx.db.findOneBy(User, { id: burnt.userId, email: burnt.email }));
  if (!user) throw accountProblems.mail_token_refused();
  await ctx.db.update(User, { id: user.id }, { passwordHash });
  await passwordChanged(ctx, user);
}

async function passwordChanged(ctx: Context, user: User, keepSession?: Id): Promise<void> {
  await revokeSessionsOf(ctx, user.id, keepSession);
  await voidMailTokens(ctx, user.id, "reset_password");
  if (user.username !== null) await forgetAttempts(ctx, user.username);
  await tellOwner(ctx, user.id, "password_changed", {});
}
