import type { Context, ReadContext } from "../../core/db/context.ts";
import { problems } from "../../core/http/problems.ts";
import type { Id } from "../../core/ids.ts";
import { sendMail } from "../mail/index.ts";
import { User } from "./entities.ts";
import { emailKey } from "./identity.ts";
import { burnMailToken, openMailToken, voidMailTokens } from "./mailTokens.ts";
import { accountProblems } from "./problems.ts";
import { tellOwner } from "./security.ts";

/** The kind of the task that looks who forgot a password. */
export const FORGOT_PASSWORD = "account.forgot_password";

/**
 * Takes a user's new address and mails it for its verification; until then the one before stays. The owner of an
 * address that is somebody's already gets another letter, and whoever asked sees no difference.
 * @param secret the house's, for the mailed token
 * @throws rate_limited
 */
export async function askVerification(ctx: Context, secret: string, userId: Id, email: string): Promise<void> {
  const user = await ctx.db.findOneByOrFail(User, { id: userId });
  if (user.email === email) {
    await ctx.db.update(User, { id: userId }, { pendingEmail: null });
    return;
  }
  await ctx.db.update(User, { id: userId }, { pendingEmail: email });
  const token = await openMailToken(ctx, secret, "verify_email", { userId, email });
  if (token === undefined) throw problems.rate_limited("You asked for several mails already; try again in an hour.");
  const owner = await ctx.db.findOneBy(User, { emailKey: emailKey(email) });
  if (owner === null || owner.id === userId) {
    const mail = { to: email, tokenId: token.id, until: token.expiresAt } as const;
    await sendMail(ctx, { ...mail, language: user.language, letter: "verify_email", values: {} });
  } else {
    const values = { username: shownName(owner) };
    await sendMail(ctx, { to: email, language: owner.language, letter: "email_known", values });
  }
}

/** Mails the address a user has not verified yet once more. @throws email_verified_already, rate_limited */
export async function verifyAgain(ctx: Context, secret: string, userId: Id): Promise<void> {
  const { pendingEmail } = await ctx.db.findOneByOrFail(User, { id: userId });
  if (pendingEmail === null) throw accountProblems.email_verified_already();
  await askVerification(ctx, secret, userId, pendingEmail);
}

/**
 * Makes the address a token was mailed to its user's.
 * @returns the user
 * @throws mail_token_refused, email_taken
 */
export async function verifyEmail(ctx: Context, token: string): Promise<Id> {
  const burnt = await burnMailToken(ctx, token, "verify_email");
  const user = burnt && (await ctx.db.findOneBy(User, { id: burnt.userId, pendingEmail: burnt.email }));
  if (!burnt || !user) throw accountProblems.mail_token_refused();
  const key = emailKey(burnt.email);
  if (await isAnothers(ctx, key, user.id)) throw accountProblems.email_taken();
  if (user.email !== null) await tellOwner(ctx, user.id, "email_changed", { email: burnt.email });
  const now = ctx.clock.now();
  await ctx.db.update(
    User,
    { id: user.id },
    { email: burnt.email, emailKey: key, emailVerifiedAt: now, pendingEmail: null },
  );
  await voidMailTokens(ctx, user.id, "verify_email");
  // Who holds a mail of the address before must not set the password any more.
  await voidMailTokens(ctx, user.id, "reset_password");
  return user.id;
}

/** Mails the user of an address the way to a new password, if there is one. Whoever asked never learns which. */
export async function forgotPassword(ctx: Context, secret: string, email: string): Promise<void> {
  const user = await ctx.db.findOneBy(User, { emailKey: emailKey(email) });
  if (user?.email == null) return;
  const { id: userId, email: to, language } = user;
  const token = await openMailToken(ctx, secret, "reset_password", { userId, email: to });
  if (token === undefined) return;
  if (user.passwordHash === null || user.username === null) {
    await sendMail(ctx, { to, language, letter: "no_password", values: {} });
    return;
  }
  const values = { username: user.username };
  const mail = { to, language, values, tokenId: token.id, until: token.expiresAt };
  await sendMail(ctx, { ...mail, letter: "reset_password" });
}

async function isAnothers(ctx: ReadContext, key: string, userId: Id): Promise<boolean> {
  const owner = await ctx.db.findOneBy(User, { emailKey: key });
  return owner !== null && owner.id !== userId;
}

const shownName = ({ username, name }: User): string => username ?? (name || "–");
