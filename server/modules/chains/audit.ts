import { In, LessThanOrEqual } from "typeorm";
import type { ReadContext } from "../../core/db/context.ts";
import { ChainLog } from "./entities.ts";

/** The newest log that counts, or would if it could be read, at or below `height`; undefined without any. */
export const newestLogUpTo = async (ctx: ReadContext, chainId: number, height: number): Promise<ChainLog | undefined> =>
  (await ctx.db.findOne(ChainLog, {
    where: { chainId, height: LessThanOrEqual(height), state: In(["applied", "unmatched", "quarantined"]) },
    order: { height: "DESC" },
  })) ?? undefined;
