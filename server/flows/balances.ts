import { type Address, getAddress } from "viem";
import type { TokenConfig } from "../config.ts";
import type { ReadContext } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import { defineProblems } from "../core/http/problems.ts";
import type { Id } from "../core/ids.ts";
import { walletsOf } from "../modules/accounts/index.ts";
import { allChains, chainOf, heads } from "../modules/chains/index.ts";
import { type Balance, balancesOf } from "../modules/ledger/index.ts";
import { merchantsOf } from "../modules/merchants/index.ts";
import { partnerPayees } from "../modules/partners/index.ts";

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

/** Balances of all addresses that a user is paid at: the own wallets, and the payees of the own merchants and partners. */
export async function ownBalances(house: House, ctx: ReadContext, userId: Id): Promise<TokenBalance[]> {
  const payees = new Set<Address>([
    ...(await walletsOf(ctx, userId)),
    ...(await merchantPayees(ctx, userId)),
    ...(await partnerPayees(ctx, userId)),
  ]);
  return balancesAt(house, ctx, [...payees]);
}

async function merchantPayees(ctx: ReadContext, userId: Id): Promise<Address[]> {
  const payees: Address[] = [];
  let cursor: string | undefined;
  do {
    const slice = await merchantsOf(ctx, userId, { per_page: 100, cursor });
    payees.push(...slice.rows.map(({ payee }) => payee));
    cursor = slice.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return payees;
}

/** What the escrow owes these addresses, on every chain, of the tokens this house knows. */
export async function balancesAt(
  { config }: House,
  ctx: ReadContext,
  accounts: readonly Address[],
): Promise<TokenBalance[]> {
  const chains = allChains(config);
  const cursors = await heads(
    ctx,
    chains.map(({ id }) => id),
  );
  const finalized = new Map(chains.map(({ id }) => [id, cursors.get(id)?.finalizedHeight ?? -1]));
  const found = await balancesOf(ctx, accounts, finalized);
  return found.flatMap((balance) => {
    const token = chainOf(config, balance.chainId).tokens.find(
      ({ address }) => address.toLowerCase() === balance.token,
    );
    return token === undefined ? [] : [{ ...balance, account: getAddress(balance.owner), config: token }];
  });
}
