import { In } from "typeorm";
import type { Hex } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { ChainAttempt } from "./entities.ts";

/** A signed variant of a transaction, without its bytes, which are long. */
export type Attempt = Omit<ChainAttempt, "raw">;

/** The variants of these transactions, by transaction, the first one first. */
export async function attemptsOf(
  ctx: ReadContext,
  transactionIds: readonly string[],
): Promise<ReadonlyMap<string, Attempt[]>> {
  const rows = await ctx.db.find(ChainAttempt, {
    select: {
      ...{ transactionId: true, number: true, chainId: true, hash: true, createdAt: true },
      ...{ maxFeePerGas: true, maxPriorityFeePerGas: true },
    },
    where: { transactionId: In([...transactionIds]) },
    order: { number: "ASC" },
  });
  return Map.groupBy(rows, ({ transactionId }) => transactionId);
}

/** The signed bytes, by hash. */
export async function rawOf(ctx: ReadContext, hashes: readonly Hex[]): Promise<ReadonlyMap<Hex, Hex>> {
  const rows = await ctx.db.find(ChainAttempt, { select: { hash: true, raw: true }, where: { hash: In([...hashes]) } });
  return new Map(rows.map(({ hash, raw }) => [hash, raw]));
}

/**
 * Adds a dearer variant to each of these transactions that is in no block; its hash is the newest one's from now on.
 * @returns those that were added; throws the database's error when somebody else added one with the same number
 */
export async function addAttempts(ctx: Context, attempts: readonly ChainAttempt[]): Promise<ChainAttempt[]> {
  const ids = attempts.map(({ transactionId }) => transactionId);
  const { rows } = await sql<{ id: string }>(
    ctx.db,
    `UPDATE chain_transaction SET error = NULL, updated_at = :now
     WHERE id IN (:ids) AND state IN ('prepared', 'submitted') RETURNING id`,
    { ids, now: ctx.clock.now() },
  );
  const open = new Set(rows.map(({ id }) => id));
  const added = attempts.filter(({ transactionId }) => open.has(transactionId));
  if (added.length === 0) return [];
  await ctx.db.insert(ChainAttempt, added);
  await sql(
    ctx.db,
    `UPDATE chain_transaction SET hash = (SELECT a.hash FROM chain_attempt a
       WHERE a.transaction_id = chain_transaction.id ORDER BY a.number DESC LIMIT 1)
     WHERE id IN (:added)`,
    { added: added.map(({ transactionId }) => transactionId) },
  );
  return added;
}

/** Transactions of a key that are in no block. */
export interface Waiting {
  readonly count: number;
  /** Their signed variants. */
  readonly attempts: number;
  /** When the oldest was signed, in epoch milliseconds; undefined where there is none. */
  readonly since: number | undefined;
}

/** How many transactions of a key are in no block, and since when. */
export async function waitingTransactions(
  ctx: ReadContext,
  { chainId, sender }: { readonly chainId: number; readonly sender: string },
): Promise<Waiting> {
  // The list of states is that of an index.
  const { rows } = await sql<Record<"count" | "attempts" | "since", string | number | null>>(
    ctx.db,
    `SELECT COUNT(DISTINCT t.id) AS count, COUNT(*) AS attempts, MIN(t.created_at) AS since
     FROM chain_transaction t JOIN chain_attempt a ON a.transaction_id = t.id
     WHERE t.chain_id = :chainId AND t.sender = :sender
       AND t.state IN ('prepared', 'submitted', 'mined') AND t.state <> 'mined'`,
    { chainId, sender },
  );
  const { count = 0, attempts = 0, since = null } = rows[0] ?? {};
  return { count: Number(count), attempts: Number(attempts), since: since === null ? undefined : Number(since) };
}

/** Which nonces of a span, both ends included, transactions of ours have. */
export async function noncesBetween(
  ctx: ReadContext,
  { chainId, sender, from, to }: { chainId: number; sender: string; from: number; to: number },
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ nonce: string | number }>(
    ctx.db,
    `SELECT nonce FROM chain_transaction
     WHERE chain_id = :chainId AND sender = :sender AND nonce >= :from AND nonce <= :to`,
    { chainId, sender, from, to },
  );
  return new Set(rows.map(({ nonce }) => Number(nonce)));
}
