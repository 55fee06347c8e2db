import type { Hex } from "viem";
import type { House } from "../../core/house.ts";
import type { UserActor } from "../../core/http/door.ts";
import type { Id } from "../../core/ids.ts";
import {
  type Account,
  accountProblems,
  askVerification,
  changeProfile,
  credentialsOf,
  hashPassword,
  linkWallet,
  revokeSessionsOf,
  setPassword,
  syncStaff,
  tellOwner,
  unlinkWallet,
  userById,
} from "../../modules/accounts/index.ts";
import { assertStrong, orTaken, provePassword } from "../auth/password.ts";
import { believe, checkedProof, type VerifyContractSignature } from "../auth/verbs.ts";

/** Who changes their own account, from where and in which login. */
export interface Self {
  readonly actor: UserActor;
  readonly sessionId: Id;
  readonly network: string;
}

/** What a user wants to be said of them; what is absent stays. */
export interface ProfileRequest {
  readonly name?: string | undefined;
  readonly language?: "en" | "zh" | undefined;
  readonly time_zone?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Changes what a user says of themselves. A new mail address needs their password, for whoever reads their mail can
 * reset it, and counts once it is verified.
 * @throws current_password_wrong, rate_limited
 */
export async function saveProfile(house: House, self: Self, request: ProfileRequest): Promise<Account> {
  const { email, password, time_zone: timeZone, ...said } = request;
  const { id } = self.actor;
  if (email !== undefined) await provePassword(house, id, self.network, password);
  return house.db.write(self.actor, async (ctx) => {
    await changeProfile(ctx, id, { ...said, timeZone });
    if (email !== undefined) await askVerification(ctx, house.config.jwtSecret, id, email);
    return userById(ctx, id);
  });
}

/** A password for a user who has one, or a first one with its user name. */
export interface PasswordRequest {
  readonly current?: string | undefined;
  readonly next: string;
  readonly username?: string | undefined;
}

/**
 * Sets a user's password and ends their other sessions.
 * @throws current_password_wrong, rate_limited, password_weak, username_needed, username_kept, username_taken
 */
export async function changePassword(house: House, self: Self, request: PasswordRequest): Promise<void> {
  const { current, next, username } = request;
  const { id } = self.actor;
  const before = await provePassword(house, id, self.network, current);
  const owner = await house.db.read(self.actor, (ctx) => credentialsOf(ctx, id));
  if (owner.username === null && username === undefined) throw accountProblems.username_needed();
  if (owner.username !== null && username !== undefined) throw accountProblems.username_kept();
  assertStrong(next, { email: owner.email, username: owner.username ?? username ?? null });
  const passwordHash = await hashPassword(next);
  await house.db
    .write(self.actor, (ctx) => setPassword(ctx, id, self.sessionId, { before, passwordHash, username }))
    .catch(orTaken(accountProblems.username_taken()));
}

/**
 * Links a wallet that signs for itself.
 * @throws login_refused, wallet_taken, wallets_full
 */
export async function addWallet(
  house: House,
  { actor }: Self,
  signed: { message: string; signature: Hex },
  verifyContract: VerifyContractSignature | undefined,
): Promise<Account> {
  const proof = await checkedProof(house, signed, verifyContract);
  return house.db.write(actor, async (ctx) => {
    await believe(ctx, proof);
    if (await linkWallet(ctx, actor.id, proof.address)) {
      await syncStaff(ctx, actor.id, house.config.staffWallets);
      await tellOwner(ctx, actor.id, "wallet_linked", { wallet: proof.address });
    }
    return userById(ctx, actor.id);
  });
}

/**
 * Unlinks a wallet and ends the user's other sessions, for it may have opened them.
 * @throws not_found, last_way_in
 */
export const removeWallet = (
  house: House,
  { actor, sessionId }: Self,
  wallet: Account["wallets"][number]["address"],
): Promise<void> =>
  house.db.write(actor, async (ctx) => {
    await unlinkWallet(ctx, actor.id, wallet);
    await revokeSessionsOf(ctx, actor.id, sessionId);
    await syncStaff(ctx, actor.id, house.config.staffWallets);
    await tellOwner(ctx, actor.id, "wallet_unlinked", { wallet });
  });
