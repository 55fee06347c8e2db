import { In, MoreThan, Not } from "typeorm";
import type { Address } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { ChainTransaction, type TransactionState } from "./entities.ts";

/** The transaction that serves a purpose now: neither failed nor superseded. */
export const transactionFor = (ctx: ReadContext, chainId: number, purpose: string): Promise<ChainTransaction | null> =>
  ctx.db.findOneBy(ChainTransaction, { chainId, purpose, state: Not(In(["failed", "superseded"])) });

/** One more than the highest nonce that `sender` has used here; 0 where there is none. */
export async function nextNonce(ctx: ReadContext, chainId: number, sender: Address): Promise<number> {
  const { rows } = await sql<{ next: string | number | null }>(
    ctx.db,
    "SELECT MAX(nonce) + 1 AS next FROM chain_transaction WHERE chain_id = :chainId AND sender = :sender",
    { chainId, sender },
  );
  return Number(rows[0]?.next ?? 0);
}

/** Stores a transaction; throws the database's error when its nonce or its purpose is taken. */
export async function storeTransaction(ctx: Context, row: ChainTransaction): Promise<void> {
  await ctx.db.insert(ChainTransaction, row);
}

/** What is not settled yet, lowest nonce first: `final` ones need no look, nor do failures that are final. */
export const openTransactions = (
  ctx: ReadContext,
  chainId: number,
  sender: Address,
  finalizedHeight: number,
): Promise<ChainTransaction[]> =>
  ctx.db.find(ChainTransaction, {
    where: [
      { chainId, sender, state: In(["prepared", "submitted", "mined"]) },
      { chainId, sender, state: "failed", height: MoreThan(finalizedHeight) },
    ],
    order: { nonce: "ASC" },
  });

type Facts = Partial<Pick<ChainTransaction, "blockHash" | "height" | "gasUsed" | "error">>;

/** Moves a transaction on from the state it was seen in; false when it is in another by now. */
export async function moveTransaction(
  ctx: Context,
  { id, state: from }: Pick<ChainTransaction, "id" | "state">,
  to: TransactionState,
  facts: Facts = {},
): Promise<boolean> {
  const changes = { ...facts, state: to, updatedAt: ctx.clock.now() };
  const { affected } = await ctx.db.update(ChainTransaction, { id, state: from }, changes);
  return affected === 1;
}
