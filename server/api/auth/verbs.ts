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
import { allChains } from "../../modules/chains/index.ts";

const AUTH = system("auth");

/** A session just opened or gone on with, and whose it is. */
export interface SignedIn {
  readonly user: Account;
  readonly session: OpenSession;
}

/** Asks a contract wallet whether a signature is its own (ERC-1271). */
export type VerifyContractSignature = (address: Address, message: string, signature: Hex) => Promise<boolean>;

/** What login messages for this house must say. */
export function loginExpectation({ config, clock }: House): LoginExpectation {
  const [usual, ...others] = allChains(config);
  return {
    domain: config.publicUrl.host,
    scheme: config.publicUrl.protocol.slice(0, -1),
    uri: config.publicUrl.origin,
    chainIds: [usual.id, ...others.map(({ id }) => id)],
    now: clock.now(),
  };
}

/** A wallet that has signed a message of ours; whoever believes it burns the nonce. */
interface WalletProof {
  readonly address: Address;
  readonly nonce: string;
}

/** Checks an EIP-4361 message and its signature, all but the nonce. @throws login_refused */
export async function checkedProof(
  house: House,
  { message, signature }: { message: string; signature: Hex },
  verifyContract: VerifyContractSignature | undefined,
): Promise<WalletProof> {
  const claim = readLoginMessage(message, loginExpectation(house));
  if (typeof claim === "string") throw accountProblems.login_refused(claim);
  if (!(await isSignedBy(claim.address, message, signature, verifyContract)))
    throw accountProblems.login_refused("The signature is not this wallet's.");
  return claim;
}

/** Uses the nonce of a proof up. @throws login_refused */
export async function believe(ctx: Context, { nonce, address }: WalletProof): Promise<void> {
  if (!(await burnNonce(ctx, nonce, address)))
    throw accountProblems.login_refused("The nonce is not ours, used or expired; ask for another.");
}

/**
 * Signs a wallet in by an EIP-4361 message. The signature is checked first, the nonce is used up in the transaction
 * that opens the session.
 * @throws login_refused
 */
export async function signInByWallet(
  house: House,
  signed: { message: string; signature: Hex },
  verifyContract: VerifyContractSignature | undefined,
): Promise<SignedIn> {
  const proof = await checkedProof(house, signed, verifyContract);
  return house.db.write(AUTH, async (ctx) => {
    await believe(ctx, proof);
    const { id } = await userOfWallet(ctx, proof.address, house.config.staffWallets);
    return letIn(ctx, house, await openSession(ctx, id));
  });
}

/** Goes on with a session. @throws refresh_token_refused */
export async function refresh(house: House, refreshToken: string): Promise<SignedIn> {
  // A refusal is thrown after the write, for the write may have to revoke a session.
  const signedIn = await house.db.write(AUTH, async (ctx) => {
    const session = await rotate(ctx, refreshToken);
    return session && letIn(ctx, house, session);
  });
  if (signedIn === undefined) throw accountProblems.refresh_token_refused();
  return signedIn;
}

/**
 * Where every way in ends: wallet, password as JSON or Basic, and refresh. A reset of the password opens no session, so
 * it leads through here too. Whatever must be true of everybody who comes in is made true or refused here.
 */
export async function letIn(ctx: Context, house: House, session: OpenSession): Promise<SignedIn> {
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
