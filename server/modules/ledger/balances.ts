import { In, MoreThan } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import { LedgerAccount, Posting } from "./entities.ts";

/** What an owner has of one token of one chain, in base units. */
export interface Balance {
  /** A lower-case address. */
  readonly owner: string;
  readonly chainId: number;
  /** In lower case. */
  readonly token: string;
  /** What the escrow owes it now. */
  readonly credit: bigint;
  /** The part of it that no reorg is expected to take back: what it may be told to be paid. */
  readonly payable: bigint;
  readonly withdrawn: bigint;
}

/**
 * Balances of these owners on these chains, sorted by owner, chain and token.
 * @param owners    addresses in any case
 * @param finalized the newest block that is final, by chain id
 */
export async function balancesOf(
  ctx: ReadContext,
  owners: readonly string[],
  finalized: ReadonlyMap<number, number>,
): Promise<Balance[]> {
  const accounts = await ctx.db.find(LedgerAccount, {
    where: {
      owner: In(owners.map((owner) => owner.toLowerCase())),
      kind: In(["credit", "withdrawn"]),
      chainId: In([...finalized.keys()]),
    },
    order: { owner: "ASC", chainId: "ASC", token: "ASC" },
  });
  const pending = await pendingOf(
    ctx,
    accounts.filter(({ kind }) => kind === "credit"),
    finalized,
  );
  const byAsset = Map.groupBy(accounts, ({ owner, chainId, token }) => `${owner}:${chainId}:${token}`);
  return [...byAsset.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const credit = group.find(({ kind }) => kind === "credit");
    const owed = credit?.balance ?? 0n;
    const final = owed - (pending.get(credit?.name ?? "") ?? 0n);
    return {
      ...{ owner: first.owner, chainId: first.chainId, token: first.token, credit: owed },
      payable: final < owed ? atLeastZero(final) : owed,
      withdrawn: group.find(({ kind }) => kind === "withdrawn")?.balance ?? 0n,
    };
  });
}

const atLeastZero = (value: bigint): bigint => (value < 0n ? 0n : value);

/** Account -> the sum of its postings above its chain's finalized block. */
async function pendingOf(
  ctx: ReadContext,
  accounts: readonly LedgerAccount[],
  finalized: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<string, bigint>> {
  if (accounts.length === 0) return new Map();
  const byChain = Map.groupBy(accounts, ({ chainId }) => chainId);
  const postings = await ctx.db.findBy(
    Posting,
    [...byChain].map(([chainId, own]) => ({
      account: In(own.map(({ name }) => name)),
      height: MoreThan(finalized.get(chainId) ?? -1),
    })),
  );
  const sums = new Map<string, bigint>();
  for (const { account, amount } of postings) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return sums;
}
