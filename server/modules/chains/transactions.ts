import { In } from "typeorm";
import type { Address, Hex } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Attempt, attemptsOf } from "./attempts.ts";
import { ChainAttempt, ChainErrand, ChainTransaction, type TransactionState } from "./entities.ts";
import type { Errand } from "./errands.ts";

/** A transaction to be stored, with its first attempt, unless it is not sent, and with what it is for. */
export interface Prepared {
  readonly transaction: ChainTransaction;
  readonly attempt?: ChainAttempt;
  readonly errands: readonly Errand[];
}

/** One more than the highest nonce that `sender` has used here; 0 where there is none. */
export async function nextNonce(ctx: ReadContext, chainId: number, sender: Address): Promise<number> {
  const { rows } = await sql<{ next: string | number | null }>(
    ctx.db,
    "SELECT MAX(nonce) + 1 AS next FROM chain_transaction WHERE chain_id = :chainId AND sender = :sender",
    { chainId, sender },
  );
  return Number(rows[0]?.next ?? 0);
}

/** Stores transactions, all or none; throws the database's error when a nonce or a purpose is taken. */
export async function storeTransactions(ctx: Context, prepared: readonly Prepared[]): Promise<void> {
  await ctx.db.insert(
    ChainTransaction,
    prepared.map(({ transaction }) => transaction),
  );
  const attempts = prepared.flatMap(({ attempt }) => attempt ?? []);
  if (attempts.length > 0) await ctx.db.insert(ChainAttempt, attempts);
  const errands = prepared.flatMap(({ transaction: { id: transactionId, chainId, state }, errands }) =>
    errands.map((errand) => ({ ...errand, transactionId, chainId, live: isLive(state) })),
  );
  if (errands.length > 0) await ctx.db.insert(ChainErrand, errands);
}

const isLive = (state: TransactionState): boolean => state !== "failed" && state !== "superseded";

/** A transaction that is not settled, without what it says, which is long. */
export type OpenTransaction = Pick<
  ChainTransaction,
  "id" | "nonce" | "hash" | "state" | "blockHash" | "height" | "error" | "createdAt"
> & {
  /** Its signed variants, the first one first; there is at least one. */
  readonly attempts: readonly Attempt[];
};

/**
 * What has to be looked at, lowest nonce first: what is not in a block, what is in one that the house does not remember
 * at that height, and what is in one that is final by now. One that failed finally needs no look any more; but the
 * chain may have become final over the place of its block before anybody looked, so as long as the house remembers
 * another block there it is looked at.
 */
export async function openTransactions(
  ctx: ReadContext,
  of: { readonly chainId: number; readonly sender: Address; readonly finalizedHeight: number },
  most: number,
): Promise<OpenTransaction[]> {
  const columns = "t.id, t.nonce, t.hash, t.state, t.block_hash, t.height, t.error, t.created_at";
  const ours = "t.chain_id = :chainId AND t.sender = :sender";
  const moved = `NOT EXISTS (SELECT 1 FROM chain_block b
    WHERE b.chain_id = t.chain_id AND b.height = t.height AND b.hash = t.block_hash)`;
  const replaced = `EXISTS (SELECT 1 FROM chain_block b
    WHERE b.chain_id = t.chain_id AND b.height = t.height AND b.hash <> t.block_hash)`;
  const { rows } = await sql<OpenRow>(
    ctx.db,
    `SELECT ${columns} FROM chain_transaction t WHERE ${ours} AND t.state IN ('prepared', 'submitted', 'mined')
       AND (t.state <> 'mined' OR t.height <= :finalizedHeight OR ${moved})
     UNION ALL
     SELECT ${columns} FROM chain_transaction t
     WHERE ${ours} AND t.state = 'failed' AND ((t.height > :finalizedHeight AND ${moved}) OR ${replaced})
     ORDER BY nonce LIMIT ${most}`,
    { ...of },
  );
  if (rows.length === 0) return [];
  const attempts = await attemptsOf(
    ctx,
    rows.map(({ id }) => id),
  );
  return rows.map(({ block_hash, nonce, height, created_at, ...row }) => ({
    ...{ ...row, blockHash: block_hash, nonce: numberOf(nonce), height: numberOf(height) },
    ...{ createdAt: Number(created_at), attempts: attempts.get(row.id) ?? [] },
  }));
}

type OpenRow = Pick<ChainTransaction, "id" | "hash" | "state" | "error"> & {
  nonce: string | number | null;
  height: string | number | null;
  block_hash: Hex | null;
  created_at: string | number;
};

const numberOf = (value: string | number | null): number | null => (value === null ? null : Number(value));

/** What transactions call, by id. */
export async function callsOf(
  ctx: ReadContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Pick<ChainTransaction, "id" | "to" | "data">>> {
  const rows = await ctx.db.find(ChainTransaction, {
    select: { id: true, to: true, data: true },
    where: { id: In([...ids]) },
  });
  return new Map(rows.map((row) => [row.id, row]));
}

/** What was final in a block above `height` is looked at again: a person took those blocks back. */
export async function doubtFinal(ctx: Context, chainId: number, height: number): Promise<void> {
  await sql(
    ctx.db,
    `UPDATE chain_transaction SET state = 'mined', updated_at = :now
     WHERE chain_id = :chainId AND state = 'final' AND height > :height`,
    { chainId, height, now: ctx.clock.now() },
  );
}

/** Where a transaction goes from the state it was seen in. Facts that are not named stay. */
export interface Move {
  readonly id: string;
  readonly from: TransactionState;
  readonly to: TransactionState;
  readonly facts?: Partial<Pick<ChainTransaction, "hash" | "blockHash" | "height" | "gasUsed" | "error">>;
}

/**
 * Moves transactions on, and says by `live` whether their errands are served.
 * @returns those that were still in the state they were seen in; the others stay as they are
 */
export async function moveTransactions(ctx: Context, moves: readonly Move[]): Promise<Move[]> {
  const alike = Map.groupBy(moves, ({ from, to, facts = {} }) =>
    JSON.stringify([from, to, facts], (_, value) => (typeof value === "bigint" ? String(value) : value)),
  );
  const moved: Move[] = [];
  for (const group of alike.values()) moved.push(...(await moveAlike(ctx, group)));
  const changed = moved.filter(({ from, to }) => isLive(from) !== isLive(to));
  await setLive(ctx, changed);
  return moved;
}

const COLUMNS = {
  ...{ hash: "hash", blockHash: "block_hash", height: "height", gasUsed: "gas_used", error: "error" },
} as const;

/** Moves that differ in their transaction only, by one statement. */
async function moveAlike(ctx: Context, moves: readonly Move[]): Promise<Move[]> {
  const [first] = moves;
  if (first === undefined) return [];
  const { from, to, facts = {} } = first;
  const named = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).filter((fact) => facts[fact] !== undefined);
  const sets = named.map((fact) => `, ${COLUMNS[fact]} = :${fact}`).join("");
  const { rows } = await sql<{ id: string }>(
    ctx.db,
    `UPDATE chain_transaction SET state = :to, updated_at = :now${sets} WHERE id IN (:ids) AND state = :from RETURNING id`,
    { ...facts, ids: moves.map(({ id }) => id), from, to, now: ctx.clock.now() },
  );
  const changed = new Set(rows.map(({ id }) => id));
  return moves.filter(({ id }) => changed.has(id));
}

/** A purpose that another transaction serves by now stays with that one. */
async function setLive(ctx: Context, changed: readonly Move[]): Promise<void> {
  const ids = (live: boolean) => changed.filter(({ to }) => isLive(to) === live).map(({ id }) => id);
  const ended = ids(false);
  const revived = ids(true);
  if (ended.length > 0)
    await sql(ctx.db, "UPDATE chain_errand SET live = FALSE WHERE transaction_id IN (:ended)", { ended });
  if (revived.length > 0)
    await sql(
      ctx.db,
      `UPDATE chain_errand SET live = TRUE WHERE transaction_id IN (:revived) AND NOT EXISTS (
         SELECT 1 FROM chain_errand o
         WHERE o.chain_id = chain_errand.chain_id AND o.purpose = chain_errand.purpose AND o.live)`,
      { revived },
    );
}
