import type { House } from "../../core/house.ts";
import { blocksReadAgain, nextRescan } from "../../modules/chains/index.ts";
import { Refused } from "../listener/byHand.ts";
import { rescanPart } from "../listener/rescan.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { ACTOR } from "./rounds.ts";

/**
 * Reads the blocks of open differences again, the oldest difference first, part by part, until time is over; what is
 * left goes on with the next sweep, after a restart too. Differences whose blocks overlap share the reading.
 * @param nodes one each, so that two can be held against each other
 * @param goesOn asked before every part
 * @returns ids of the differences whose blocks were all read again
 */
export async function heal(
  house: Pick<House, "db" | "config" | "log">,
  nodes: readonly Rpc[],
  goesOn: () => boolean,
): Promise<Set<string>> {
  const { db, log } = house;
  const { id: chainId } = house.config.chain;
  const next = () => db.read(ACTOR, (ctx) => nextRescan(ctx, chainId));
  const over = new Set<string>();
  try {
    for (let blocks = await next(); blocks && goesOn(); blocks = await next()) {
      const { from, to } = await rescanPart(house, nodes, blocks, "do");
      for (const id of await db.write(ACTOR, (ctx) => blocksReadAgain(ctx, chainId, { from, to }))) over.add(id);
    }
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof RpcError)) throw error;
    log.warn({ err: error }, "a re-scan for a difference has to wait");
  }
  return over;
}
