import { And, LessThanOrEqual, MoreThan, Not } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import { ChainBlock, ChainLog } from "./entities.ts";

/** Heights above one, up to another. */
export interface Heights {
  readonly above: number;
  readonly upTo: number;
}

const between = ({ above, upTo }: Heights) => And(MoreThan(above), LessThanOrEqual(upTo));

/** The highest block of these heights that is remembered; undefined without any. */
export const highestBlock = async (
  ctx: ReadContext,
  chainId: number,
  heights: Heights,
): Promise<ChainBlock | undefined> =>
  (await ctx.db.findOne(ChainBlock, { where: { chainId, height: between(heights) }, order: { height: "DESC" } })) ??
  undefined;

/** The height of the log that comes after the first `count` above a height; undefined where there are not so many. */
export const heightOfLog = async (
  ctx: ReadContext,
  chainId: number,
  { above, count }: { above: number; count: number },
): Promise<number | undefined> => {
  const [log] = await ctx.db.find(ChainLog, {
    select: { chainId: true, blockHash: true, logIndex: true, height: true },
    where: { chainId, height: MoreThan(above), state: Not("reverted") },
    order: { height: "ASC" },
    skip: count,
    take: 1,
  });
  return log?.height;
};
