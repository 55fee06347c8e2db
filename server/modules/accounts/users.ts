import { type Address, getAddress } from "viem";
import type { Context, ReadContext, Role } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { problems } from "../../core/http/problems.ts";
import { type Id, newId } from "../../core/ids.ts";
import { User, UserRole } from "./entities.ts";

/** A user as other rooms see one. */
export interface Account {
  readonly id: Id;
  /** In EIP-55 case. */
  readonly wallet: Address;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** The user of this id. @throws not_found */
export async function userById(ctx: ReadContext, id: Id): Promise<Account> {
  const user = await ctx.db.findOneBy(User, { id });
  if (user === null) throw problems.not_found();
  return account(ctx, user);
}

/** The wallet a user signs in with, in EIP-55 case. @throws not_found */
export const walletOf = async (ctx: ReadContext, id: Id): Promise<Address> => (await userById(ctx, id)).wallet;

/** Gives a user a role; one they have already is kept. */
export async function grantRole(ctx: Context, userId: Id, role: Role): Promise<void> {
  await sql(ctx.db, "INSERT INTO user_role (user_id, role) VALUES (:userId, :role) ON CONFLICT DO NOTHING", {
    userId,
    role,
  });
}

/** The user of a wallet, made at its first login; their staff role is set to what the configuration says. */
export async function userOfWallet(ctx: Context, wallet: Address, staffWallets: readonly Address[]): Promise<Account> {
  const lower = wallet.toLowerCase();
  const { affected } = await sql(
    ctx.db,
    "INSERT INTO app_user (id, wallet, name, created_at) VALUES (:id, :lower, '', :now) ON CONFLICT (wallet) DO NOTHING",
    { id: newId(), lower, now: ctx.clock.now() },
  );
  const user = await ctx.db.findOneByOrFail(User, { wallet: lower as Lowercase<Address> });
  if (affected === 1) await grantRole(ctx, user.id, "shopper");
  await syncStaff(ctx, user, staffWallets);
  return account(ctx, user);
}

/** Makes the staff role of a user what the configuration says it is. */
export async function syncStaff(
  ctx: Context,
  { id, wallet }: Pick<Account | User, "id" | "wallet">,
  staffWallets: readonly Address[],
): Promise<void> {
  if (staffWallets.some((staff) => staff.toLowerCase() === wallet.toLowerCase())) return grantRole(ctx, id, "staff");
  await sql(ctx.db, "DELETE FROM user_role WHERE user_id = :id AND role = 'staff'", { id });
}

async function account(ctx: ReadContext, { id, wallet, name, createdAt }: User): Promise<Account> {
  const roles = await ctx.db.find(UserRole, { where: { userId: id }, order: { role: "ASC" } });
  return { id, wallet: getAddress(wallet), name, createdAt, roles: roles.map(({ role }) => role) };
}
