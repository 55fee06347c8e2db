import { Between, In, MoreThan, Not } from "typeorm";
import type { Hex } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { insertRows } from "../../core/db/insertRows.ts";
import { sql } from "../../core/db/sql.ts";
import { ChainLog } from "./entities.ts";

/** Logs that are part of the chain as it is now and can be read. */
const CANONICAL = In(["applied", "unmatched"]);
const IN_ORDER = { height: "ASC", logIndex: "ASC" } as const;

/**
 * Stores logs, or what is found of stored ones since: one that a reorganisation took and another gave back is the same
 * row again, and so is one that can be read now.
 */
export async function recordLogs(ctx: Context, logs: readonly ChainLog[]): Promise<void> {
  await insertRows(
    ctx.db,
    "chain_log",
    logs.map((log) => ({
      ...{ chain_id: log.chainId, block_hash: log.blockHash, log_index: log.logIndex, height: log.height },
      ...{ tx_hash: log.txHash, topics: JSON.stringify(log.topics), data: log.data, event: log.event },
      ...{ terms_hash: log.termsHash, agreement_id: log.agreementId, account: log.account, state: log.state },
    })),
    `ON CONFLICT (chain_id, block_hash, log_index) DO UPDATE SET height = excluded.height, tx_hash = excluded.tx_hash,
       topics = excluded.topics, data = excluded.data, event = excluded.event, terms_hash = excluded.terms_hash,
       agreement_id = excluded.agreement_id, account = excluded.account, state = excluded.state`,
  );
}

/** The logs above `height` that count until now, in the order of the chain. */
export const logsAbove = (ctx: ReadContext, chainId: number, height: number): Promise<ChainLog[]> =>
  ctx.db.find(ChainLog, { where: { chainId, height: MoreThan(height), state: Not("reverted") }, order: IN_ORDER });

/** All readable logs of these orders, in the order of the chain. */
export const logsOfOrders = (ctx: ReadContext, chainId: number, ids: readonly Hex[]): Promise<ChainLog[]> =>
  logsOf(ctx, chainId, "orders", ids);

/** All readable logs of these agreements, in the order of the chain. */
export const logsOfAgreements = (ctx: ReadContext, chainId: number, ids: readonly Hex[]): Promise<ChainLog[]> =>
  logsOf(ctx, chainId, "agreements", ids);

/** All readable logs of these accounts that are of no order and no agreement, in the order of the chain. */
export const logsOfAccounts = (ctx: ReadContext, chainId: number, accounts: readonly string[]): Promise<ChainLog[]> =>
  logsOf(ctx, chainId, "accounts", accounts);

/** How logs are found by what they are of, each by its own index: that of orders has the first digits of their hashes. */
const AMONG = {
  orders: "substr(terms_hash, 3, 10) IN (:keys) AND terms_hash IN (:ids)",
  agreements: "agreement_id IN (:ids)",
  accounts: "account IN (:ids)",
} as const;

/** Subjects that one statement asks for; a database takes some 32,000 parameters. */
const MOST_AT_ONCE = 5_000;

/**
 * Read without making entities, for a backlog reads every order's logs with each of its events. Sorted here: asked for in
 * this order, SQLite walks the index of heights, and so all logs of the chain for a few.
 */
async function logsOf(
  ctx: ReadContext,
  chainId: number,
  kind: keyof typeof AMONG,
  subjects: readonly string[],
): Promise<ChainLog[]> {
  const logs: ChainLog[] = [];
  for (let at = 0; at < subjects.length; at += MOST_AT_ONCE) {
    const ids = subjects.slice(at, at + MOST_AT_ONCE);
    const { rows } = await sql<LogColumns>(
      ctx.db,
      `SELECT block_hash, log_index, height, tx_hash, topics, data, event, terms_hash, agreement_id, account, state
       FROM chain_log WHERE chain_id = :chainId AND ${AMONG[kind]} AND state IN ('applied', 'unmatched')`,
      { chainId, ids, keys: kind === "orders" ? ids.map((id) => id.slice(2, 12)) : [] },
    );
    for (const row of rows) logs.push(logOf(chainId, row));
  }
  return logs.sort((a, b) => a.height - b.height || a.logIndex - b.logIndex);
}

/** A row as the database gives it. */
interface LogColumns extends Pick<ChainLog, "data" | "event" | "account" | "state"> {
  readonly block_hash: Hex;
  readonly log_index: number;
  readonly height: number | string;
  readonly tx_hash: Hex;
  readonly topics: string;
  readonly terms_hash: Hex | null;
  readonly agreement_id: Hex | null;
}

const logOf = (chainId: number, row: LogColumns): ChainLog => ({
  ...{ chainId, blockHash: row.block_hash, logIndex: row.log_index, height: Number(row.height), txHash: row.tx_hash },
  ...{ topics: JSON.parse(row.topics), data: row.data, event: row.event, termsHash: row.terms_hash },
  ...{ agreementId: row.agreement_id, account: row.account, state: row.state },
});

/** The orders of ours that have a readable log with `from` < height <= `to`. */
export const ordersBetween = (ctx: ReadContext, chainId: number, from: number, to: number): Promise<Hex[]> =>
  subjectsBetween(ctx, "terms_hash", { chainId, from, to });

/** The agreements of ours that have a readable log with `from` < height <= `to`. */
export const agreementsBetween = (ctx: ReadContext, chainId: number, from: number, to: number): Promise<Hex[]> =>
  subjectsBetween(ctx, "agreement_id", { chainId, from, to });

async function subjectsBetween(
  ctx: ReadContext,
  column: "terms_hash" | "agreement_id",
  span: { chainId: number; from: number; to: number },
): Promise<Hex[]> {
  if (span.from >= span.to) return [];
  const { rows } = await sql<{ subject: Hex }>(
    ctx.db,
    `SELECT DISTINCT ${column} AS subject FROM chain_log
     WHERE chain_id = :chainId AND height > :from AND height <= :to AND state = 'applied' AND ${column} IS NOT NULL`,
    span,
  );
  return rows.map(({ subject }) => subject);
}

/** A page of all readable logs up to `height`, in the order of the chain, after the log `after`. */
export const logsBetween = (ctx: ReadContext, chainId: number, from: number, to: number): Promise<ChainLog[]> =>
  ctx.db.find(ChainLog, { where: { chainId, height: Between(from, to), state: CANONICAL }, order: IN_ORDER });

/** How many logs of the escrow could not be read. */
export const countQuarantined = (ctx: ReadContext, chainId: number): Promise<number> =>
  ctx.db.countBy(ChainLog, { chainId, state: "quarantined" });
