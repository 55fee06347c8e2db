import { type Address, getAddress, isAddressEqual } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { problems } from "../../core/http/problems.ts";
import type { Id } from "../../core/ids.ts";
import { User, UserWallet } from "./entities.ts";
import { holdUser } from "./hold.ts";
import { accountProblems } from "./problems.ts";

/** Enough for anybody, and few enough to read at once. */
const MOST_WALLETS = 20;

/** A wallet of a user, as other rooms see one. */
export interface LinkedWallet {
  /** In EIP-55 case. */
  readonly address: Address;
  /** Epoch milliseconds. */
  readonly linkedAt: number;
  /** The one that pays and is paid unless another is named. */
  readonly primary: boolean;
}

/** The wallets linked to a user, the primary one first, then the oldest. */
export async function linkedWallets(ctx: ReadContext, userId: Id): Promise<LinkedWallet[]> {
  const wallets = await ctx.db.find(UserWallet, { where: { userId }, order: { linkedAt: "ASC" } });
  return wallets
    .map(({ wallet, linkedAt, isPrimary }) => ({ address: getAddress(wallet), linkedAt, primary: isPrimary }))
    .sort((a, b) => Number(b.primary) - Number(a.primary));
}

/** The addresses of a user's wallets in EIP-55 case, the primary one first. */
export const walletsOf = async (ctx: ReadContext, userId: Id): Promise<Address[]> =>
  (await linkedWallets(ctx, userId)).map(({ address }) => address);

/** The wallet a user pays with and is paid at unless they name another. @throws wallet_missing when they have none */
export async function walletOf(ctx: ReadContext, userId: Id): Promise<Address> {
  const [primary] = await walletsOf(ctx, userId);
  if (primary === undefined) throw accountProblems.wallet_missing();
  return primary;
}

/**
 * The wallet a user wants to act with, which must be one of their own.
 * @param wanted their primary one, unless said
 * @throws wallet_missing, wallet_not_linked
 */
export async function ownWallet(ctx: ReadContext, userId: Id, wanted?: Address): Promise<Address> {
  if (wanted === undefined) return walletOf(ctx, userId);
  const own = (await walletsOf(ctx, userId)).find((address) => isAddressEqual(address, wanted));
  if (own === undefined) throw accountProblems.wallet_not_linked(undefined, { wallet: wanted });
  return own;
}

/** The user of a wallet, if it is linked to one. */
export async function ownerOf(ctx: ReadContext, wallet: Address): Promise<Id | undefined> {
  const found = await ctx.db.findOneBy(UserWallet, { wallet: lower(wallet) });
  return found?.userId;
}

/**
 * Links a wallet that has just proved itself to a user; a first one becomes their primary.
 * @returns whether it is new to them
 * @throws wallet_taken, wallets_full
 */
export async function linkWallet(ctx: Context, userId: Id, wallet: Address): Promise<boolean> {
  await holdUser(ctx, userId);
  const own = await linkedWallets(ctx, userId);
  if (own.some(({ address }) => isAddressEqual(address, wallet))) return false;
  if (own.length >= MOST_WALLETS)
    throw accountProblems.wallets_full(`You have ${MOST_WALLETS} wallets; remove one first.`);
  if (!(await claimWallet(ctx, userId, wallet, own.length === 0))) throw accountProblems.wallet_taken();
  return true;
}

/** Links a wallet unless it is linked to anybody. @returns whether it was free */
export async function claimWallet(ctx: Context, userId: Id, wallet: Address, primary: boolean): Promise<boolean> {
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO user_wallet (wallet, user_id, linked_at, is_primary) VALUES (:wallet, :userId, :now, :primary)
     ON CONFLICT (wallet) DO NOTHING`,
    { wallet: lower(wallet), userId, now: ctx.clock.now(), primary },
  );
  return affected === 1;
}

/**
 * Unlinks a wallet: it signs this user in no more, and a login by it makes a new user. What the chain owes the wallet
 * stays the wallet's, and orders keep the payer they were placed with. After the primary one the oldest takes its place.
 * @throws not_found, last_way_in
 */
export async function unlinkWallet(ctx: Context, userId: Id, wallet: Address): Promise<void> {
  await holdUser(ctx, userId);
  const own = await linkedWallets(ctx, userId);
  const going = own.find(({ address }) => isAddressEqual(address, wallet));
  if (going === undefined) throw problems.not_found();
  const { passwordHash } = await ctx.db.findOneByOrFail(User, { id: userId });
  if (own.length === 1 && passwordHash === null) throw accountProblems.last_way_in();
  await ctx.db.delete(UserWallet, { wallet: lower(wallet), userId });
  const next = own.find((other) => other !== going);
  if (going.primary && next !== undefined)
    await ctx.db.update(UserWallet, { wallet: lower(next.address) }, { isPrimary: true });
}

/** Makes one of a user's wallets the one that pays and is paid. @throws not_found */
export async function makePrimary(ctx: Context, userId: Id, wallet: Address): Promise<void> {
  await holdUser(ctx, userId);
  const own = await linkedWallets(ctx, userId);
  if (!own.some(({ address }) => isAddressEqual(address, wallet))) throw problems.not_found();
  await ctx.db.update(UserWallet, { userId, isPrimary: true }, { isPrimary: false });
  await ctx.db.update(UserWallet, { wallet: lower(wallet), userId }, { isPrimary: true });
}

const lower = (wallet: Address) => wallet.toLowerCase() as Lowercase<Address>;
