import { type Address, getAddress, isAddressEqual, zeroAddress } from "viem";
import type { TokenConfig } from "../config.ts";
import type { ReadContext } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import { defineProblems } from "../core/http/problems.ts";
import type { Id } from "../core/ids.ts";
import { walletOf } from "../modules/accounts/index.ts";
import { head } from "../modules/chains/index.ts";
import { type Balance, balancesOf } from "../modules/ledger/index.ts";
import { merchantsOf } from "../modules/merchants/index.ts";
import { type Call, withdrawCall, withdrawToCall } from "../protocol/calls.ts";

export const balanceProblems = defineProblems({
  token_unknown: { status: 400, title: "The escrow of this house holds no such token" },
  destination_refused: { status: 400, title: "Money cannot be sent there" },
  balance_insufficient: { status: 409, title: "That is more than can be withdrawn now" },
});

/** A balance with the token it is in. */
export interface TokenBalance extends Balance {
  readonly account: Address;
  readonly config: TokenConfig;
}

/** Balances of all addresses that a user is paid at: the own wallet, and the payees of the own merchants. */
export async function ownBalances(house: House, ctx: ReadContext, userId: Id): Promise<TokenBalance[]> {
  const payees = new Set<Address>([await walletOf(ctx, userId), ...(await payeesOf(ctx, userId))]);
  return balances(house, ctx, [...payees]);
}

async function payeesOf(ctx: ReadContext, userId: Id): Promise<Address[]> {
  const payees: Address[] = [];
  let cursor: string | undefined;
  do {
    const slice = await merchantsOf(ctx, userId, { per_page: 100, cursor });
    payees.push(...slice.rows.map(({ payee }) => payee));
    cursor = slice.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return payees;
}

async function balances({ config }: House, ctx: ReadContext, accounts: readonly Address[]): Promise<TokenBalance[]> {
  const { id: chainId, tokens } = config.chain;
  const finalized = (await head(ctx, chainId))?.finalizedHeight ?? -1;
  const found = await balancesOf(ctx, accounts, chainId, finalized);
  return found.flatMap((balance) => {
    const token = tokens.find(({ address }) => address.toLowerCase() === balance.token);
    return token === undefined ? [] : [{ ...balance, account: getAddress(balance.owner), config: token }];
  });
}

export interface WithdrawalRequest {
  /** The zero address is ETH. */
  readonly token: Address;
  /** Base units. */
  readonly amount: bigint;
  /** The own wallet unless said. */
  readonly to?: Address | undefined;
}

export interface Withdrawal {
  readonly account: Address;
  readonly amount: bigint;
  readonly token: TokenConfig;
  readonly to: Address;
  /** What the account's wallet sends; only it can. */
  readonly call: Call;
}

/**
 * The call by which a user's wallet withdraws from its own credit. Nothing is booked: the chain decides, and the
 * ledger follows its logs.
 * @throws token_unknown, destination_refused, balance_insufficient
 */
export const requestWithdrawal = (house: House, actor: UserActor, request: WithdrawalRequest): Promise<Withdrawal> =>
  house.db.write(actor, async (ctx) => {
    const token = house.config.chain.tokens.find(({ address }) => isAddressEqual(address, request.token));
    if (token === undefined) throw balanceProblems.token_unknown(undefined, { token: request.token });
    const account = await walletOf(ctx, actor.id);
    const { amount, to = account } = request;
    assertDestination(house, token.address, to);
    const own = await balances(house, ctx, [account]);
    const payable = own.find(({ config }) => config === token)?.payable ?? 0n;
    if (amount > payable)
      throw balanceProblems.balance_insufficient(`${payable} base units can be withdrawn.`, {
        payable: payable.toString(),
      });
    const { escrow } = house.config.chain;
    const call = isAddressEqual(to, account)
      ? withdrawCall({ chainId: house.config.chain.id, escrow }, token.address, amount)
      : withdrawToCall({ chainId: house.config.chain.id, escrow }, token.address, to, amount);
    return { account, amount, token, to, call };
  });

/** The escrow's own rules of where money may go. */
function assertDestination({ config }: House, token: Address, to: Address): void {
  if ([zeroAddress, config.chain.escrow, token].some((refused) => isAddressEqual(refused, to)))
    throw balanceProblems.destination_refused(undefined, { to });
}
