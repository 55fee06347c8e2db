import { system } from "../../core/db/context.ts";
import { isDuplicate } from "../../core/db/retry.ts";
import type { House } from "../../core/house.ts";
import type { Problem } from "../../core/http/problems.ts";
import {
  type Account,
  type Attempt,
  accountProblems,
  credentialsByName,
  credentialsOf,
  forgiveAttempt,
  hashPassword,
  holdUser,
  isFree,
  isPassword,
  openSession,
  type PasswordOwner,
  passwordFault,
  readMailToken,
  register,
  resetPassword,
  takeAttempt,
  userById,
  verifyEmail,
} from "../../modules/accounts/index.ts";
import { letIn, type SignedIn } from "./verbs.ts";

const AUTH = system("auth");

/** What somebody says who registers. */
export interface RegisterRequest {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly language: "en" | "zh";
}

/**
 * Makes a user who signs in by a password.
 * @throws password_weak, username_taken
 */
export async function registerUser(house: House, request: RegisterRequest): Promise<Account> {
  assertStrong(request.password, request);
  if (!(await house.db.read(AUTH, (ctx) => isFree(ctx, request.username)))) throw accountProblems.username_taken();
  const { password, ...details } = request;
  const passwordHash = await hashPassword(password);
  return house.db.write(AUTH, async (ctx) =>
    userById(ctx, await register(ctx, house.config.jwtSecret, { ...details, passwordHash })),
  );
}

/**
 * Signs a user in by name and password. An unknown name is answered like a wrong password, and takes as long.
 * @throws rate_limited, password_refused
 */
export async function signInByPassword(house: House, attempt: Attempt, password: string): Promise<SignedIn> {
  await house.db.write(AUTH, (ctx) => takeAttempt(ctx, attempt, house.config.loginAttempts));
  const known = await house.db.read(AUTH, (ctx) => credentialsByName(ctx, attempt.username));
  const right = await isPassword(password, known?.passwordHash ?? null);
  if (known === undefined || !right) throw accountProblems.password_refused();
  return house.db.write(AUTH, async (ctx) => {
    // Held, so that a change of the password is either seen here or ends the session opened here.
    await holdUser(ctx, known.userId);
    const now = await credentialsOf(ctx, known.userId);
    if (now.passwordHash !== known.passwordHash) throw accountProblems.password_refused();
    await forgiveAttempt(ctx, attempt);
    return letIn(ctx, house, await openSession(ctx, known.userId));
  });
}

/**
 * Has a user prove once more who they are, by the password they have.
 * @returns what was proved, null for a user without a password
 * @throws current_password_wrong, rate_limited
 */
export async function provePassword(
  house: House,
  userId: string,
  network: string,
  current: string | undefined,
): Promise<string | null> {
  const { username, passwordHash } = await house.db.read(AUTH, (ctx) => credentialsOf(ctx, userId));
  if (passwordHash === null && current === undefined) return null;
  if (current === undefined || username === null) throw accountProblems.current_password_wrong();
  await house.db.write(AUTH, (ctx) => takeAttempt(ctx, { username, network }, house.config.loginAttempts));
  if (!(await isPassword(current, passwordHash))) throw accountProblems.current_password_wrong();
  await house.db.write(AUTH, (ctx) => forgiveAttempt(ctx, { username, network }));
  return passwordHash;
}

/** Sets a password by a mailed token. @throws mail_token_refused, password_weak */
export async function resetByToken(house: House, token: string, password: string): Promise<void> {
  const owner = await house.db.read(AUTH, async (ctx) => {
    const mailed = await readMailToken(ctx, token, "reset_password");
    return mailed && credentialsOf(ctx, mailed.userId);
  });
  if (owner === undefined) throw accountProblems.mail_token_refused();
  assertStrong(password, owner);
  const passwordHash = await hashPassword(password);
  await house.db.write(AUTH, (ctx) => resetPassword(ctx, token, passwordHash));
}

/** Makes a mailed address its user's. @throws mail_token_refused, email_taken */
export const verifyByToken = (house: House, token: string): Promise<unknown> =>
  house.db.write(AUTH, (ctx) => verifyEmail(ctx, token)).catch(orTaken(accountProblems.email_taken()));

/** @throws password_weak */
export function assertStrong(password: string, owner: PasswordOwner): void {
  const fault = passwordFault(password, owner);
  if (fault !== undefined) throw accountProblems.password_weak(fault);
}

/** Two wanted the same name in the same moment: the second is told as if it had come later. */
export const orTaken =
  (problem: Problem) =>
  (error: unknown): never => {
    throw isDuplicate(error) ? problem : error;
  };
