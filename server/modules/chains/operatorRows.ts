import type { Address, Hex } from "viem";
import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { TransactionState } from "./entities.ts";

/** A key on a chain. */
export interface ChainKey {
  readonly chainId: number;
  readonly sender: Address;
}

/** A transaction that will not do what it was for. */
export interface EndedTransaction {
  readonly nonce: number | null;
  readonly hash: Hex | null;
  readonly state: TransactionState;
  readonly error: string | null;
  /** Epoch milliseconds. */
  readonly updatedAt: number;
  readonly purposes: readonly string[];
}

/** What failed or was superseded since `since` (epoch milliseconds), newest first, at most `most`. */
export async function endedSince(
  ctx: ReadContext,
  { chainId, sender, since }: ChainKey & { readonly since: number },
  most: number,
): Promise<EndedTransaction[]> {
  const { rows } = await sql<EndedRow>(
    ctx.db,
    `SELECT t.id, t.nonce, t.hash, t.state, t.error, t.updated_at, e.purpose
     FROM (SELECT * FROM chain_transaction
       WHERE chain_id = :chainId AND sender = :sender AND state IN ('failed', 'superseded') AND updated_at >= :since
       ORDER BY updated_at DESC, id DESC LIMIT ${most}) t
     LEFT JOIN chain_errand e ON e.transaction_id = t.id ORDER BY t.updated_at DESC, t.id DESC, e.purpose`,
    { chainId, sender, since },
  );
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { hash, state, error } = first;
    const nonce = first.nonce === null ? null : Number(first.nonce);
    const purposes = group.flatMap(({ purpose }) => purpose ?? []);
    return [{ nonce, hash, state, error, updatedAt: Number(first.updated_at), purposes }];
  });
}

type EndedRow = Pick<EndedTransaction, "hash" | "state" | "error"> & {
  id: string;
  nonce: string | number | null;
  updated_at: string | number;
  purpose: string | null;
};

/** The gas that the newest `most` transactions of a key may use at most, in units of gas. */
export async function newestGasLimits(
  ctx: ReadContext,
  { chainId, sender }: ChainKey,
  most: number,
): Promise<bigint[]> {
  const { rows } = await sql<{ gas_limit: string }>(
    ctx.db,
    `SELECT gas_limit FROM chain_transaction WHERE chain_id = :chainId AND sender = :sender AND nonce IS NOT NULL
     ORDER BY nonce DESC LIMIT ${most}`,
    { chainId, sender },
  );
  return rows.map(({ gas_limit }) => BigInt(gas_limit));
}

/** Who sent the newest transaction of ours on a chain; undefined before the first. */
export async function newestSender(ctx: ReadContext, chainId: number): Promise<Address | undefined> {
  const { rows } = await sql<{ sender: Address }>(
    ctx.db,
    "SELECT sender FROM chain_transaction WHERE chain_id = :chainId ORDER BY created_at DESC, id DESC LIMIT 1",
    { chainId },
  );
  return rows[0]?.sender;
}
