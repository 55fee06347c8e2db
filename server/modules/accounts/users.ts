import type { Address } from "viem";
import type { Context, ReadContext, Role } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { problems } from "../../core/http/problems.ts";
import { type Id, newId } from "../../core/ids.ts";
import { type Language, User, UserRole } from "./entities.ts";
import { holdUser } from "./hold.ts";
import { claimWallet, type LinkedWallet, linkedWallets, ownerOf, walletsOf } from "./wallets.ts";

/** A user as other rooms see one. */
export interface Account {
  readonly id: Id;
  readonly name: string;
  /** Present where they can sign in by a password. */
  readonly username: string | null;
  /** Verified, always. */
  readonly email: string | null;
  /** Epoch milliseconds. */
  readonly emailVerifiedAt: number | null;
  /** Said, and waiting for its verification. */
  readonly pendingEmail: string | null;
  readonly language: Language;
  /** IANA. */
  readonly timeZone: string;
  /** The primary one first. */
  readonly wallets: readonly LinkedWallet[];
  readonly roles: readonly Role[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** The user of this id. @throws not_found */
export async function userById(ctx: ReadContext, id: Id): Promise<Account> {
  const user = await ctx.db.findOneBy(User, { id });
  if (user === null) throw problems.not_found();
  const { passwordHash: _hash, usernameKey: _username, emailKey: _email, ...shown } = user;
  const roles = await ctx.db.find(UserRole, { where: { userId: id }, order: { role: "ASC" } });
  return { ...shown, wallets: await linkedWallets(ctx, id), roles: roles.map(({ role }) => role) };
}

/** Gives a user a role; one they have already is kept. */
export async function grantRole(ctx: Context, userId: Id, role: Role): Promise<void> {
  await sql(ctx.db, "INSERT INTO user_role (user_id, role) VALUES (:userId, :role) ON CONFLICT DO NOTHING", {
    userId,
    role,
  });
}

/** Takes a role from a user. */
export const withdrawRole = (ctx: Context, userId: Id, role: Role): Promise<unknown> =>
  sql(ctx.db, "DELETE FROM user_role WHERE user_id = :userId AND role = :role", { userId, role });

/** The user a wallet is linked to, made at its first login; their staff role is what the configuration says. @throws conflict */
export async function userOfWallet(ctx: Context, wallet: Address, staffWallets: readonly Address[]): Promise<Account> {
  const id = (await ownerOf(ctx, wallet)) ?? (await makeUserOf(ctx, wallet));
  // Held, so that an unlinking is either seen here or ends the session that follows.
  await holdUser(ctx, id);
  if ((await ownerOf(ctx, wallet)) !== id) throw problems.conflict();
  await syncStaff(ctx, id, staffWallets);
  return userById(ctx, id);
}

async function makeUserOf(ctx: Context, wallet: Address): Promise<Id> {
  const id = newId();
  await ctx.db.insert(User, { id, name: "", language: "en", timeZone: "UTC", createdAt: ctx.clock.now() });
  await grantRole(ctx, id, "shopper");
  if (await claimWallet(ctx, id, wallet, true)) return id;
  // Another login of this wallet made its user while we made ours.
  await ctx.db.delete(UserRole, { userId: id });
  await ctx.db.delete(User, { id });
  const owner = await ownerOf(ctx, wallet);
  if (owner === undefined) throw problems.conflict();
  return owner;
}

/** What a user says of themselves. */
export interface Profile {
  readonly name?: string | undefined;
  readonly language?: Language | undefined;
  /** IANA. */
  readonly timeZone?: string | undefined;
}

/** Changes what is said in `profile`, and nothing else. */
export async function changeProfile(ctx: Context, id: Id, profile: Profile): Promise<void> {
  const said = Object.entries(profile).filter(([, value]) => value !== undefined);
  if (said.length > 0) await ctx.db.update(User, { id }, Object.fromEntries(said));
}

/** Makes the staff role of a user what the configuration says of their wallets, all of them. */
export async function syncStaff(ctx: Context, id: Id, staffWallets: readonly Address[]): Promise<void> {
  const staff = new Set(staffWallets.map((wallet) => wallet.toLowerCase()));
  const isStaff = (await walletsOf(ctx, id)).some((wallet) => staff.has(wallet.toLowerCase()));
  await (isStaff ? grantRole(ctx, id, "staff") : withdrawRole(ctx, id, "staff"));
}
