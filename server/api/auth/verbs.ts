import { type Address, type Hex, isAddressEqual, recoverMessageAddress } from "viem";
import { type Context, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import {
  type Account,
  accountProblems,
  burnNonce,
  type LoginExpectation,
  type OpenSession,
  openSession,
  readLoginMessage,
  rotate,
  syncStaff,
  userById,
  userOfWallet,
} from "../../modules/accounts/index.ts";

const AUTH = system("auth");

/** A session just opened or gone on with, and whose it is. */
export interface SignedIn {
  readonly user: Account;
  readonly session: OpenSession;
}

/** Asks a contract wallet whether a signature is its own (ERC-1271). */
export type VerifyContractSignature = (address: Address, message: string, signature: Hex) => Promise<boolean>;

/** What login messages for this house must say. */
export const loginExpectation = ({ config, clock }: House): LoginExpectation => ({
  domain: config.publicUrl.host,
  scheme: config.publicUrl.protocol.slice(0, -1),
  uri: config.publicUrl.origin,
  chainId: config.chain.id,
  now: clock.now(),
});

/**
 * Signs a wallet in by an EIP-4361 message. The signature is checked first, the nonce is used up in the transaction
 * that opens the session.
 * @throws login_refused
 */
export async function signInByWallet(
  house: House,
  { message, signature }: { message: string; signature: Hex },
  verifyContract: VerifyContractSignature | undefined,
): Promise<SignedIn> {
  const claim = readLoginMessage(message, loginExpectation(house));
  if (typeof claim === "string") throw accountProblems.login_refused(claim);
  if (!(await isSignedBy(claim.address, message, signature, verifyContract)))
    throw accountProblems.login_refused("The signature is not this wallet's.");
  return house.db.write(AUTH, async (ctx) => {
    if (!(await burnNonce(ctx, claim.nonce, claim.address)))
      throw accountProblems.login_refused("The nonce is not ours, used or expired; ask for another.");
    const user = await userOfWallet(ctx, claim.address, house.config.staffWallets);
    return { user, session: await openSession(ctx, user.id) };
  });
}

/** Goes on with a session. @throws refresh_token_refused */
export async function refresh(house: House, refreshToken: string): Promise<SignedIn> {
  // A refusal is thrown after the write, for the write may have to revoke a session.
  const signedIn = await house.db.write(AUTH, (ctx) => goOn(ctx, house, refreshToken));
  if (signedIn === undefined) throw accountProblems.refresh_token_refused();
  return signedIn;
}

async function goOn(ctx: Context, house: House, refreshToken: string): Promise<SignedIn | undefined> {
  const session = await rotate(ctx, refreshToken);
  if (session === undefined) return undefined;
  await syncStaff(ctx, session.userId, house.config.staffWallets);
  return { user: await userById(ctx, session.userId), session };
}

async function isSignedBy(
  address: Address,
  message: string,
  signature: Hex,
  verifyContract: VerifyContractSignature | undefined,
): Promise<boolean> {
  const signer = await recoverMessageAddress({ message, signature }).catch(() => undefined);
  if (signer !== undefined && isAddressEqual(signer, address)) return true;
  return (await verifyContract?.(address, message, signature)) ?? false;
}
