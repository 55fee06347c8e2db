import { LessThan, MoreThan } from "typeorm";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { insertRows } from "../../core/db/insertRows.ts";
import { sql } from "../../core/db/sql.ts";
import { ChainBlock, ChainCursor } from "./entities.ts";
import { FORMAT } from "./format.ts";

/** Where a cursor goes: the last block read, and up to where its logs are confirmed and final. */
export type CursorMove = Pick<ChainCursor, "height" | "hash" | "timestampS" | "confirmedHeight" | "finalizedHeight">;

/** Another writer moved the cursor, or it was stopped: what was read is of no use, nothing of it is written. */
export class CursorMoved extends Error {
  constructor(chainId: number) {
    super(`the cursor of chain ${chainId} is no longer where it was read`);
    this.name = "CursorMoved";
  }
}

/** Puts the cursor before the first block that is of interest; nothing where there is one already. */
export async function openCursor(ctx: Context, at: Omit<ChainCursor, "version" | "stopped" | "format">): Promise<void> {
  await ctx.db
    .createQueryBuilder()
    .insert()
    .into(ChainCursor)
    .values({ ...at, version: 0, stopped: null, format: FORMAT })
    .orIgnore()
    .updateEntity(false)
    .execute();
}

/**
 * Moves the cursor by one step and so locks it for the rest of the transaction.
 * @param from as it was read; @param epoch of the lease that writes
 * @returns the number of this step
 * @throws CursorMoved unless it still is where it was read
 */
export async function moveCursor(ctx: Context, from: ChainCursor, to: CursorMove, epoch: number): Promise<number> {
  const { affected } = await sql(
    ctx.db,
    `UPDATE chain_cursor SET height = :height, hash = :hash, timestamp_s = :timestampS, epoch = :epoch,
       confirmed_height = :confirmedHeight, finalized_height = :finalizedHeight, version = version + 1,
       format = ${FORMAT}
     WHERE chain_id = :chainId AND version = :version AND hash = :fromHash AND epoch <= :epoch AND stopped IS NULL
       AND format <= ${FORMAT}`,
    { ...to, epoch, chainId: from.chainId, version: from.version, fromHash: from.hash },
  );
  if (affected !== 1) throw new CursorMoved(from.chainId);
  return from.version + 1;
}

/** Stops following a chain, with the reason that readiness shows; only a person starts it again. */
export async function stopChain(ctx: Context, chainId: number, why: string): Promise<void> {
  await ctx.db.update(ChainCursor, { chainId }, { stopped: why });
}

/**
 * Lets a stopped chain be followed again: a person decided. The cursor is to be moved in the same transaction.
 * @throws CursorMoved unless it still is where it was read
 */
export async function resumeChain(ctx: Context, { chainId, version }: ChainCursor): Promise<void> {
  const { affected } = await ctx.db.update(ChainCursor, { chainId, version }, { stopped: null });
  if (affected !== 1) throw new CursorMoved(chainId);
}

/** Remembers blocks, in the place of others of the same heights. */
export async function recordBlocks(ctx: Context, blocks: readonly ChainBlock[]): Promise<void> {
  const rows = blocks.map(({ chainId, height, hash, parentHash, timestampS }) => ({
    ...{ chain_id: chainId, height, hash, parent_hash: parentHash, timestamp_s: timestampS },
  }));
  const tail = `ON CONFLICT (chain_id, height) DO UPDATE
    SET hash = excluded.hash, parent_hash = excluded.parent_hash, timestamp_s = excluded.timestamp_s`;
  await insertRows(ctx.db, "chain_block", rows, tail);
}

/** Forgets the blocks above `height`, which a reorganisation took. */
export const forgetBlocksAbove = (ctx: Context, chainId: number, height: number) =>
  ctx.db.delete(ChainBlock, { chainId, height: MoreThan(height) });

/** Forgets the blocks below `height`, which no reorganisation can reach. */
export const forgetBlocksBelow = (ctx: Context, chainId: number, height: number) =>
  ctx.db.delete(ChainBlock, { chainId, height: LessThan(height) });

/** The block of this height, where it is remembered. */
export const rememberedBlock = (ctx: ReadContext, chainId: number, height: number): Promise<ChainBlock | null> =>
  ctx.db.findOneBy(ChainBlock, { chainId, height });

/** The remembered blocks, highest first. */
export const rememberedBlocks = (ctx: ReadContext, chainId: number): Promise<ChainBlock[]> =>
  ctx.db.find(ChainBlock, { where: { chainId }, order: { height: "DESC" } });
