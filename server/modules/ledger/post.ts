import type { Context } from "../../core/db/context.ts";
import { insertRows } from "../../core/db/insertRows.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { type AccountParts, assertBalanced, BadJournal, readerOfNames } from "./rules.ts";

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
  /** Of what it is where it is of no order of ours: an order by the chain's id, or an account with its token. */
  readonly subject?: string;
  /** Ledger account -> base units. */
  readonly deltas: ReadonlyMap<string, bigint>;
}

/** An account's balance changed under our hands: the transaction has to run again. */
class LedgerMoved extends Error {
  constructor() {
    super("the balance of an account was changed by somebody else");
    this.name = "LedgerMoved";
  }
}

interface Entry extends NewJournal {
  readonly id: Id;
  /** Without zeros. */
  readonly moved: readonly (readonly [account: string, amount: bigint])[];
}

/** Postings by account, so that those of one account come to one place of their index. */
const postingsOf = (entries: readonly Entry[]) =>
  entries
    .flatMap(({ id, moved, height }) =>
      moved.map(([account, amount]) => ({ journal_id: id, account, amount: amount.toString(), height })),
    )
    .sort((a, b) => (a.account < b.account ? -1 : 1));

/**
 * Books events: their journals, their postings, the balances of their accounts. A journal whose key stands already, or
 * that moves nothing, is nothing. However many they are, the statements are few.
 * @returns how many were booked
 * @throws BadJournal when an asset's postings of a journal do not sum to zero
 */
export async function post(ctx: Context, journals: readonly NewJournal[]): Promise<number> {
  const read = readerOfNames();
  const moving = journals.map((journal) => entryOf(journal, read)).filter(({ moved }) => moved.length > 0);
  const entries = await unknown(ctx, moving);
  if (entries.length === 0) return 0;
  const createdAt = ctx.clock.now();
  await insertRows(
    ctx.db,
    "journal",
    entries.map(({ id, key, chainId, blockHash, height, orderId, subject }) => ({
      ...{ id, key, chain_id: chainId, block_hash: blockHash, height },
      ...{ order_id: orderId ?? null, subject: subject ?? null, created_at: createdAt },
    })),
  );
  await addToBalances(ctx, entries, read);
  await insertRows(ctx.db, "posting", postingsOf(entries));
  return entries.length;
}

function entryOf(journal: NewJournal, read: (name: string) => AccountParts): Entry {
  assertBalanced(journal.deltas, read);
  const moved = [...journal.deltas].filter(([, amount]) => amount !== 0n);
  if (moved.some(([account]) => read(account).chainId !== journal.chainId))
    throw new BadJournal("a journal moves money of one chain only");
  return { ...journal, id: newId(), moved };
}

/** The entries whose keys do not stand yet, each key once. */
async function unknown(ctx: Context, entries: readonly Entry[]): Promise<Entry[]> {
  if (entries.length === 0) return [];
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const { rows } = await sql<{ key: string }>(ctx.db, "SELECT key FROM journal WHERE key IN (:keys)", {
    keys: [...byKey.keys()],
  });
  for (const { key } of rows) byKey.delete(key);
  return [...byKey.values()];
}

/**
 * Balances are computed here, not in SQL, and written back only over the version that was read; an account that did
 * not exist has version 0 and none to be overwritten.
 */
async function addToBalances(
  ctx: Context,
  entries: readonly Entry[],
  read: (name: string) => AccountParts,
): Promise<void> {
  const sums = new Map<string, bigint>();
  for (const { moved } of entries)
    for (const [account, amount] of moved) sums.set(account, (sums.get(account) ?? 0n) + amount);
  const names = [...sums.keys()].sort();
  const stand = await standing(ctx, names);
  const rows = names.map((name) => {
    const { kind, owner, chainId, token } = read(name);
    const { balance = 0, version = 0 } = stand.get(name) ?? {};
    const after = { balance: (BigInt(balance) + (sums.get(name) ?? 0n)).toString(), version: Number(version) + 1 };
    return { name, kind, owner, chain_id: chainId, token, ...after };
  });
  const affected = await insertRows(
    ctx.db,
    "ledger_account",
    rows,
    `ON CONFLICT (name) DO UPDATE SET balance = excluded.balance, version = excluded.version
     WHERE ledger_account.version = excluded.version - 1`,
  );
  if (affected !== rows.length) throw new LedgerMoved();
}

/** What accounts have, as the database gives it. */
async function standing(ctx: Context, names: readonly string[]) {
  const { rows } = await sql<{ name: string; balance: string | number; version: string | number }>(
    ctx.db,
    "SELECT name, balance, version FROM ledger_account WHERE name IN (:names)",
    { names },
  );
  return new Map(rows.map((row) => [row.name, row]));
}
