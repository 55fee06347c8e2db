import type { Address } from "viem";
import type { ReadContext } from "../../core/db/context.ts";
import { EscrowOrder } from "./entities.ts";
import { termsOf } from "./service.ts";

/** Our key as the newest terms of ours on a chain name it; undefined before the first. */
export async function operatorInTerms(ctx: ReadContext, chainId: number): Promise<Address | undefined> {
  const newest = await ctx.db.findOne(EscrowOrder, { where: { chainId }, order: { orderId: "DESC" } });
  return newest ? termsOf(newest).operator : undefined;
}
