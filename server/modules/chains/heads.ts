import type { ReadContext } from "../../core/db/context.ts";
import { ChainCursor } from "./entities.ts";

/** How far the house has read `chainId`; undefined before the first range. Heights are block numbers. */
export const head = async (ctx: ReadContext, chainId: number): Promise<ChainCursor | undefined> =>
  (await ctx.db.findOneBy(ChainCursor, { chainId })) ?? undefined;

/** The chain's clock as far as the house has read it, in chain seconds; 0 before the first block. */
export const chainTimeS = async (ctx: ReadContext, chainId: number): Promise<number> =>
  (await head(ctx, chainId))?.timestampS ?? 0;
