import { randomBytes } from "node:crypto";
import { type Address, type Hex, hexToBigInt, isAddressEqual, toHex, zeroAddress } from "viem";
import type { ChainConfig, TokenConfig } from "../config.ts";
import type { Context, ReadContext } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { PageRequest, Slice } from "../core/http/paging.ts";
import type { Id } from "../core/ids.ts";
import { ownWallet } from "../modules/accounts/index.ts";
import {
  chainAsked,
  chainOf,
  chainTimeS,
  chainTimes,
  newestFor,
  type OwnTransaction,
  withdrawalPurpose,
} from "../modules/chains/index.ts";
import * as payments from "../modules/payments/index.ts";
import { paymentProblems, type Withdrawal } from "../modules/payments/index.ts";
import { type Call, withdrawCall, withdrawToCall } from "../protocol/calls.ts";
import type { TypedDataJson } from "../protocol/typedData.ts";
import { balanceProblems, balancesAt } from "./balances.ts";

/** How long a withdrawal can be signed and relayed, in seconds. */
const WITHDRAWAL_OFFER_S = 24 * 3_600;

export interface WithdrawalRequest {
  /** Where the credit is; on the usual chain unless said. */
  readonly chainId?: number | undefined;
  /** The zero address is ETH. */
  readonly token: Address;
  /** Base units. */
  readonly amount: bigint;
  /** One of the own wallets, whose credit is taken; the primary one unless said. */
  readonly account?: Address | undefined;
  /** The account itself unless said. */
  readonly to?: Address | undefined;
}

/** A withdrawal with the two ways to have it: a call of the account's wallet, or its signature. */
export interface KnownWithdrawal {
  readonly withdrawal: Withdrawal;
  readonly token: TokenConfig;
  /** What the account's wallet sends; only it can. */
  readonly call: Call;
  /** What the account signs for the operator to send it. */
  readonly typedData: TypedDataJson;
  /** The operator's latest for it. */
  readonly transaction: Pick<OwnTransaction, "hash" | "state" | "error"> | undefined;
  /** Newest chain second that the house has read. */
  readonly chainTimeS: number;
}

/**
 * A withdrawal of a user's own credit. Nothing is booked: the chain decides, and the ledger follows its logs.
 * @throws chain_unknown, token_unknown, wallet_missing, wallet_not_linked, destination_refused, balance_insufficient
 */
export const requestWithdrawal = (
  house: House,
  actor: UserActor,
  request: WithdrawalRequest,
): Promise<KnownWithdrawal> =>
  house.db.write(actor, async (ctx) => {
    const chain = chainAsked(house.config, request.chainId);
    const { id: chainId, escrow, tokens } = chain;
    const token = tokens.find(({ address }) => isAddressEqual(address, request.token));
    if (token === undefined)
      throw balanceProblems.token_unknown(`Chain ${chainId} has it not.`, { token: request.token });
    const account = await ownWallet(ctx, actor.id, request.account);
    const { amount, to = account } = request;
    assertDestination(chain, token.address, to);
    await assertPayable(house, ctx, account, token, amount);
    const nowS = Math.max(Math.floor(ctx.clock.now() / 1_000), await chainTimeS(ctx, chainId));
    const withdrawal = await payments.openWithdrawal(ctx, {
      ...{ userId: actor.id, chainId, escrow, account, token: token.address, amount, to },
      ...{ nonce: hexToBigInt(toHex(randomBytes(32))), deadlineS: nowS + WITHDRAWAL_OFFER_S },
    });
    return known(house, ctx, withdrawal);
  });

/** The escrow's own rules of where money may go. */
function assertDestination({ escrow }: ChainConfig, token: Address, to: Address): void {
  if ([zeroAddress, escrow, token].some((refused) => isAddressEqual(refused, to)))
    throw balanceProblems.destination_refused(undefined, { to });
}

async function assertPayable(
  house: House,
  ctx: ReadContext,
  account: Address,
  token: TokenConfig,
  amount: bigint,
): Promise<void> {
  const own = await balancesAt(house, ctx, [account]);
  const payable = own.find(({ config }) => config === token)?.payable ?? 0n;
  if (amount > payable)
    throw balanceProblems.balance_insufficient(`${payable} base units can be withdrawn.`, {
      payable: payable.toString(),
    });
}

/** A withdrawal of the actor's own. @throws withdrawal_not_found */
export const ownWithdrawal = async (house: House, ctx: ReadContext, userId: Id, id: Id): Promise<KnownWithdrawal> =>
  known(house, ctx, await payments.ownWithdrawal(ctx, userId, id));

/** A page of a user's withdrawals, newest first. @throws cursor_invalid */
export async function listWithdrawals(
  house: House,
  ctx: ReadContext,
  userId: Id,
  page: PageRequest,
): Promise<Slice<KnownWithdrawal>> {
  const slice = await payments.withdrawalsOf(ctx, userId, page);
  return { ...slice, rows: await knownAll(house, ctx, slice.rows) };
}

/**
 * Takes the account's signature of a withdrawal and has the operator relay it. Sent again, it is nothing.
 * @throws withdrawal_not_found, withdrawal_expired, signature_mismatch
 */
export async function signWithdrawal(
  house: House,
  actor: UserActor,
  { id, signature }: { readonly id: Id; readonly signature: Hex },
): Promise<KnownWithdrawal> {
  const seen = await house.db.read(actor, (ctx) => ownWithdrawal(house, ctx, actor.id, id));
  const usable = payments.canonicalSignature(signature);
  const { account } = seen.withdrawal;
  if (usable === undefined || !(await payments.isSignedBy(account, seen.typedData, usable)))
    throw paymentProblems.signature_mismatch(`${account} did not sign this withdrawal.`);
  return house.db.write(actor, async (ctx: Context) => {
    const { withdrawal, chainTimeS: nowS } = await ownWithdrawal(house, ctx, actor.id, id);
    if (withdrawal.signature === null && nowS >= withdrawal.deadlineS)
      throw paymentProblems.withdrawal_expired("Ask for a new one.");
    await payments.signWithdrawal(ctx, id, usable);
    return ownWithdrawal(house, ctx, actor.id, id);
  });
}

async function known(house: House, ctx: ReadContext, withdrawal: Withdrawal): Promise<KnownWithdrawal> {
  const [one] = await knownAll(house, ctx, [withdrawal]);
  if (one === undefined) throw new Error(`withdrawal ${withdrawal.id} is not known`);
  return one;
}

async function knownAll(
  { config }: House,
  ctx: ReadContext,
  withdrawals: readonly Withdrawal[],
): Promise<KnownWithdrawal[]> {
  const chainIds = [...new Set(withdrawals.map(({ chainId }) => chainId))];
  const times = await chainTimes(ctx, chainIds);
  const purposes = withdrawals.map(({ id }) => withdrawalPurpose(id));
  const transactions = await newestFor(ctx, chainIds, purposes);
  return withdrawals.map((withdrawal) => {
    const { chainId } = withdrawal;
    const token = chainOf(config, chainId).tokens.find(({ address }) => address === withdrawal.token);
    if (token === undefined) throw new Error(`${withdrawal.token} is not in the configuration any more`);
    const transaction = transactions.get(withdrawalPurpose(withdrawal.id));
    const typedData = payments.withdrawalRequest(withdrawal);
    return { withdrawal, token, call: callOf(withdrawal), typedData, transaction, chainTimeS: times.get(chainId) ?? 0 };
  });
}

function callOf({ chainId, escrow, account, token, amount, to }: Withdrawal): Call {
  const domain = { chainId, escrow };
  return isAddressEqual(to, account) ? withdrawCall(domain, token, amount) : withdrawToCall(domain, token, to, amount);
}
