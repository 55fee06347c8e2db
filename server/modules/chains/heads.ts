import { In } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import { ChainCursor } from "./entities.ts";

/** How far the house has read `chainId`; undefined before the first range. Heights are block numbers. */
export const head = async (ctx: ReadContext, chainId: number): Promise<ChainCursor | undefined> =>
  (await ctx.db.findOneBy(ChainCursor, { chainId })) ?? undefined;

/** The same of several chains, by chain id; those without a first range are not in it. */
export const heads = async (
  ctx: ReadContext,
  chainIds: readonly number[],
): Promise<ReadonlyMap<number, ChainCursor>> => {
  const found = await ctx.db.findBy(ChainCursor, { chainId: In([...chainIds]) });
  return new Map(found.map((cursor) => [cursor.chainId, cursor]));
};

/** The chain's clock as far as the house has read it, in chain seconds; 0 before the first block. */
export const chainTimeS = async (ctx: ReadContext, chainId: number): Promise<number> =>
  (await head(ctx, chainId))?.timestampS ?? 0;

/** The clocks of several chains, by chain id, each as `chainTimeS`. */
export const chainTimes = async (
  ctx: ReadContext,
  chainIds: readonly number[],
): Promise<ReadonlyMap<number, number>> => {
  const found = await heads(ctx, chainIds);
  return new Map(chainIds.map((id) => [id, found.get(id)?.timestampS ?? 0]));
};
