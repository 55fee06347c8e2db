import { In, MoreThan } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { Journal, LedgerAccount, Posting } from "./entities.ts";
import { assertBalanced, BadJournal, partsOf } from "./rules.ts";

/** What one event moved. */
export interface NewJournal {
  /** What makes it happen once, such as chain, block hash and order. */
  readonly key: string;
  readonly chainId: number;
  readonly blockHash: string;
  /**
   * The lowest block from which it holds. A journal that takes back what a reorg removed has the height of what it
   * takes back, so that the two become final together.
   */
  readonly height: number;
  readonly orderId?: Id;
  /** Ledger account -> base units. */
  readonly deltas: ReadonlyMap<string, bigint>;
}

/** An account's balance changed under our hands: the transaction has to run again. */
class LedgerMoved extends Error {
  constructor(account: string) {
    super(`the balance of ${account} was changed by somebody else`);
    this.name = "LedgerMoved";
  }
}

/**
 * Books one event: a journal, its postings, the balances of its accounts.
 * @returns false when a journal of this key stands already or nothing moved; nothing is written then
 * @throws BadJournal when an asset's postings do not sum to zero
 */
export async function post(ctx: Context, journal: NewJournal): Promise<boolean> {
  const { deltas, orderId = null, ...rest } = journal;
  const moved = [...deltas].filter(([, amount]) => amount !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  assertBalanced(deltas);
  if (moved.some(([account]) => partsOf(account).chainId !== journal.chainId))
    throw new BadJournal("a journal moves money of one chain only");
  if (moved.length === 0 || (await ctx.db.existsBy(Journal, { key: journal.key }))) return false;

  const id = newId();
  await ctx.db.insert(Journal, { ...rest, id, orderId, createdAt: ctx.clock.now() });
  await openAccounts(
    ctx,
    moved.map(([account]) => account),
  );
  await addToBalances(ctx, new Map(moved));
  await ctx.db.insert(
    Posting,
    moved.map(([account, amount]) => ({ journalId: id, account, amount, height: journal.height })),
  );
  return true;
}

/** Makes sure that the accounts exist. */
async function openAccounts(ctx: Context, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await sql(
      ctx.db,
      `INSERT INTO ledger_account (name, kind, owner, chain_id, token, balance, version)
       VALUES (:name, :kind, :owner, :chainId, :token, '0', 0) ON CONFLICT (name) DO NOTHING`,
      { name, ...partsOf(name) },
    );
  }
}

/** Balances are computed here, not in SQL, and written back only over the version that was read. */
async function addToBalances(ctx: Context, deltas: ReadonlyMap<string, bigint>): Promise<void> {
  const accounts = await ctx.db.find(LedgerAccount, {
    where: { name: In([...deltas.keys()]) },
    order: { name: "ASC" },
  });
  for (const { name, version, balance } of accounts) {
    const { affected } = await ctx.db.update(
      LedgerAccount,
      { name, version },
      { balance: balance + (deltas.get(name) ?? 0n), version: version + 1 },
    );
    if (affected !== 1) throw new LedgerMoved(name);
  }
}

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
 * Balances of these owners on one chain, sorted by owner and token.
 * @param owners          addresses in any case
 * @param finalizedHeight the newest block that is final
 */
export async function balancesOf(
  ctx: ReadContext,
  owners: readonly string[],
  chainId: number,
  finalizedHeight: number,
): Promise<Balance[]> {
  const accounts = await ctx.db.find(LedgerAccount, {
    where: {
      owner: In(owners.map((owner) => owner.toLowerCase())),
      kind: In(["credit", "withdrawn"]),
      chainId,
    },
    order: { owner: "ASC", token: "ASC" },
  });
  const pending = await pendingOf(
    ctx,
    accounts.filter(({ kind }) => kind === "credit"),
    finalizedHeight,
  );
  const byAsset = Map.groupBy(accounts, ({ owner, token }) => `${owner}:${token}`);
  return [...byAsset.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const credit = group.find(({ kind }) => kind === "credit");
    const owed = credit?.balance ?? 0n;
    const final = owed - (pending.get(credit?.name ?? "") ?? 0n);
    return {
      ...{ owner: first.owner, chainId, token: first.token, credit: owed },
      payable: final < owed ? atLeastZero(final) : owed,
      withdrawn: group.find(({ kind }) => kind === "withdrawn")?.balance ?? 0n,
    };
  });
}

const atLeastZero = (value: bigint): bigint => (value < 0n ? 0n : value);

/** Account -> the sum of its postings above the finalized block. */
async function pendingOf(
  ctx: ReadContext,
  accounts: readonly LedgerAccount[],
  finalizedHeight: number,
): Promise<ReadonlyMap<string, bigint>> {
  if (accounts.length === 0) return new Map();
  const postings = await ctx.db.findBy(Posting, {
    account: In(accounts.map(({ name }) => name)),
    height: MoreThan(finalizedHeight),
  });
  const sums = new Map<string, bigint>();
  for (const { account, amount } of postings) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return sums;
}
