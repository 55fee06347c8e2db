import { Between, In, MoreThan, Not } from "typeorm";
import type { Hex } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { ChainLog } from "./entities.ts";

/** Logs that are part of the chain as it is now and can be read. */
const CANONICAL = In(["applied", "unmatched"]);
const IN_ORDER = { height: "ASC", logIndex: "ASC" } as const;

/** Stores logs; one that a reorganisation took and another gave back is the same row again. */
export async function recordLogs(ctx: Context, logs: readonly ChainLog[]): Promise<void> {
  if (logs.length === 0) return;
  await ctx.db
    .createQueryBuilder()
    .insert()
    .into(ChainLog)
    .values([...logs])
    .orUpdate(["state"], ["chain_id", "block_hash", "log_index"])
    .updateEntity(false)
    .execute();
}

/** The logs above `height` that count until now, in the order of the chain. */
export const logsAbove = (ctx: ReadContext, chainId: number, height: number): Promise<ChainLog[]> =>
  ctx.db.find(ChainLog, { where: { chainId, height: MoreThan(height), state: Not("reverted") }, order: IN_ORDER });

/** Takes every log above `height` out of the chain. */
export const revertLogsAbove = (ctx: Context, chainId: number, height: number) =>
  ctx.db.update(ChainLog, { chainId, height: MoreThan(height), state: Not("reverted") }, { state: "reverted" });

/** All readable logs of these orders, in the order of the chain. */
export const logsOfOrders = async (ctx: ReadContext, chainId: number, ids: readonly Hex[]): Promise<ChainLog[]> =>
  ids.length === 0
    ? []
    : ctx.db.find(ChainLog, { where: { chainId, termsHash: In([...ids]), state: CANONICAL }, order: IN_ORDER });

/** The orders that have a readable log with `from` < height <= `to`. */
export async function ordersBetween(ctx: ReadContext, chainId: number, from: number, to: number): Promise<Hex[]> {
  if (from >= to) return [];
  const { rows } = await sql<{ terms_hash: Hex }>(
    ctx.db,
    `SELECT DISTINCT terms_hash FROM chain_log
     WHERE chain_id = :chainId AND height > :from AND height <= :to AND state = 'applied' AND terms_hash IS NOT NULL`,
    { chainId, from, to },
  );
  return rows.map((row) => row.terms_hash);
}

/** A page of all readable logs up to `height`, in the order of the chain, after the log `after`. */
export const logsBetween = (ctx: ReadContext, chainId: number, from: number, to: number): Promise<ChainLog[]> =>
  ctx.db.find(ChainLog, { where: { chainId, height: Between(from, to), state: CANONICAL }, order: IN_ORDER });
