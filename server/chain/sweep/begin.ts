import type { ChainCursor } from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { blocksAt } from "../rpc/read.ts";
import type { Finding } from "./finding.ts";

/** Blocks asked for in one request while a time is looked for. */
const FANS = 15;

/**
 * The lowest block that is not older than a chain second, found in a few requests of several blocks each.
 * @param low @param high where it may be, both included; `high` when all are older
 */
export async function blockAt(ask: Ask, timeS: number, low: number, high: number): Promise<number> {
  let [from, to] = [low, high];
  while (from < to) {
    const step = Math.max(1, Math.ceil((to - from) / (FANS + 1)));
    const heights = Array.from({ length: FANS }, (_, at) => from + step * (at + 1) - 1).filter((height) => height < to);
    const blocks = await blocksAt(ask, heights);
    const young = blocks.findIndex(({ timestampS }) => timestampS >= timeS);
    const older = blocks[young === -1 ? blocks.length - 1 : young - 1];
    to = young === -1 ? to : (heights[young] ?? to);
    from = older ? older.height + 1 : from;
  }
  return from;
}

/** The first block that is to be read again for a finding: never before the escrow's. */
export async function beginningOf(
  ask: Ask,
  { fromHeight, fromS }: Finding,
  startBlock: number,
  { height }: ChainCursor,
): Promise<number> {
  if (fromHeight !== undefined) return Math.max(startBlock, fromHeight);
  return fromS === undefined ? startBlock : blockAt(ask, fromS, startBlock, height);
}
