import { In } from "typeorm";
import type { Hex } from "viem";
import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import { ChainErrand, type TransactionState } from "./entities.ts";

/** What a transaction is for, apart from what it says. */
export type Errand = Pick<ChainErrand, "purpose" | "kind" | "request" | "orderId">;

/** Of these purposes those that a transaction serves now: one that has neither failed nor was superseded. */
export const liveErrands = (ctx: ReadContext, chainId: number, purposes: readonly string[]): Promise<ChainErrand[]> =>
  ctx.db.findBy(ChainErrand, { chainId, purpose: In([...purposes]), live: true });

/** What these transactions are for. */
export const errandsOf = (ctx: ReadContext, transactionIds: readonly string[]): Promise<ChainErrand[]> =>
  ctx.db.findBy(ChainErrand, { transactionId: In([...transactionIds]) });

/** A transaction of ours as it concerns one order. Times are epoch milliseconds. */
export interface OwnTransaction {
  readonly orderId: Id;
  readonly purpose: string;
  readonly hash: Hex | null;
  readonly state: TransactionState;
  readonly error: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The operator's transactions for these orders, oldest first; one that serves several of them comes for each. */
export async function transactionsOf(ctx: ReadContext, orderIds: readonly Id[]): Promise<OwnTransaction[]> {
  const { rows } = await sql<OwnTransactionRow>(
    ctx.db,
    `SELECT e.order_id, e.purpose, t.hash, t.state, t.error, t.created_at, t.updated_at
     FROM chain_errand e JOIN chain_transaction t ON t.id = e.transaction_id
     WHERE e.order_id IN (:orderIds) ORDER BY t.created_at, t.id`,
    { orderIds },
  );
  return rows.map(({ order_id, created_at, updated_at, ...row }) => ({
    ...{ ...row, orderId: order_id, createdAt: Number(created_at), updatedAt: Number(updated_at) },
  }));
}

/** What became of purposes that are of no order: the newest transaction of each, by purpose. One query. */
export async function newestFor(
  ctx: ReadContext,
  chainIds: readonly number[],
  purposes: readonly string[],
): Promise<ReadonlyMap<string, Omit<OwnTransaction, "orderId">>> {
  const { rows } = await sql<Omit<OwnTransactionRow, "order_id">>(
    ctx.db,
    `SELECT e.purpose, t.hash, t.state, t.error, t.created_at, t.updated_at
     FROM chain_errand e JOIN chain_transaction t ON t.id = e.transaction_id
     WHERE e.chain_id IN (:chainIds) AND e.purpose IN (:purposes) ORDER BY t.created_at, t.id`,
    { chainIds, purposes },
  );
  return new Map(
    rows.map(({ created_at, updated_at, ...rest }) => [
      rest.purpose,
      { ...rest, createdAt: Number(created_at), updatedAt: Number(updated_at) },
    ]),
  );
}

/** The purpose of a request that takes from what is held or captured of an order. */
export const requestPurpose = (kind: string, termsHash: Hex, requestId: Id): string =>
  `${kind}:${termsHash}:${requestId}`;

/** The purpose of relaying a signed withdrawal. */
export const withdrawalPurpose = (withdrawalId: Id): string => `withdraw:${withdrawalId}`;

type OwnTransactionRow = Pick<OwnTransaction, "purpose" | "hash" | "state" | "error"> & {
  order_id: Id;
  created_at: string | number;
  updated_at: string | number;
};
