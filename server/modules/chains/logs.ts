import { Between, type FindOptionsWhere, In, MoreThan, Not, Raw } from "typeorm";
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
  logsOf(ctx, ids, (some) => ({ chainId, termsHash: amongOrders(some) }));

/** As the index `chain_log_order` has them: by the first digits of their hashes. */
const amongOrders = (ids: readonly Hex[]) =>
  Raw((hash) => `substr(${hash}, 3, 10) IN (:...orderKeys) AND ${hash} IN (:...orders)`, {
    orderKeys: ids.map((id) => id.slice(2, 12)),
    orders: ids,
  });

/** All readable logs of these agreements, in the order of the chain. */
export const logsOfAgreements = (ctx: ReadContext, chainId: number, ids: readonly Hex[]): Promise<ChainLog[]> =>
  logsOf(ctx, ids, (some) => ({ chainId, agreementId: In([...some]) }));

/** Orders or agreements that one statement asks for; a database takes some 32,000 parameters. */
const MOST_AT_ONCE = 5_000;

/** Sorted here: asked for in this order, SQLite walks the index of heights, and so all logs of the chain for a few. */
async function logsOf(
  ctx: ReadContext,
  ids: readonly Hex[],
  among: (some: readonly Hex[]) => FindOptionsWhere<ChainLog>,
): Promise<ChainLog[]> {
  const logs: ChainLog[] = [];
  for (let at = 0; at < ids.length; at += MOST_AT_ONCE) {
    const of = among(ids.slice(at, at + MOST_AT_ONCE));
    logs.push(...(await ctx.db.findBy(ChainLog, { ...of, state: CANONICAL })));
  }
  return logs.sort((a, b) => a.height - b.height || a.logIndex - b.logIndex);
}

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
