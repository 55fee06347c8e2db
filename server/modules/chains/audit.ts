import { Between, In, LessThanOrEqual, MoreThan } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import { ChainLog } from "./entities.ts";

/** The newest log that counts, or would if it could be read, at or below `height`; undefined without any. */
export const newestLogUpTo = async (ctx: ReadContext, chainId: number, height: number): Promise<ChainLog | undefined> =>
  (await ctx.db.findOne(ChainLog, {
    where: { chainId, height: LessThanOrEqual(height), state: In(["applied", "unmatched", "quarantined"]) },
    order: { height: "DESC" },
  })) ?? undefined;

/** Every stored log of these blocks, whatever its state. */
export const everyLogBetween = (ctx: ReadContext, chainId: number, from: number, to: number): Promise<ChainLog[]> =>
  ctx.db.find(ChainLog, {
    where: { chainId, height: Between(from, to) },
    order: { height: "ASC", logIndex: "ASC" },
  });

/** A place among the logs of a chain. */
export type LogPlace = Pick<ChainLog, "height" | "logIndex">;

/** A page of the logs that could not be read, after the place `after`, in the order of the chain. */
export async function quarantinedLogs(
  ctx: ReadContext,
  chainId: number,
  after: LogPlace,
  most: number,
): Promise<ChainLog[]> {
  const { height, logIndex } = after;
  return ctx.db.find(ChainLog, {
    where: [
      { chainId, state: "quarantined", height: MoreThan(height) },
      { chainId, state: "quarantined", height, logIndex: MoreThan(logIndex) },
    ],
    order: { height: "ASC", logIndex: "ASC" },
    take: most,
  });
}

/** How many logs could not be read, and the newest of them. */
export async function quarantine(
  ctx: ReadContext,
  chainId: number,
): Promise<{ readonly count: number; readonly newest: ChainLog | undefined }> {
  const where = { chainId, state: "quarantined" as const };
  const [count, newest] = [
    await ctx.db.countBy(ChainLog, where),
    await ctx.db.findOne(ChainLog, { where, order: { height: "DESC", logIndex: "DESC" } }),
  ];
  return { count, newest: newest ?? undefined };
}
