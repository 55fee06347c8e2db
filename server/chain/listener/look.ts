import type { Address } from "viem";
import type { ChainBlock, ChainCursor } from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { type Block, blocksAt } from "../rpc/read.ts";
import { fetchRange, type Range } from "./fetchRange.ts";

/** How a chain says what cannot be undone. */
export type Finality = { readonly source: "tag" } | { readonly source: "depth"; readonly depth: number };

export interface LookSettings {
  readonly escrow: Address;
  readonly finality: Finality;
  /** Most blocks to read at once. */
  readonly span: number;
}

/** What a look at the node found: what comes after the cursor, or after the block where the chain left it. */
export interface Found extends Range {
  /** Height of the last block that stays; the cursor's own where nothing was reorganised. */
  readonly ancestor: number;
  readonly head: Block;
  /** Everything up to here is final by the chain's configuration; -1 where nothing is. */
  readonly finalizedHeight: number;
}

/** Blocks kept below the final one, so that the common ancestor is always among those remembered. */
export const MARGIN = 16;
/**
 * Blocks below the final one that are all read, with their bloom filters, so that nothing is hidden from a house that was
 * down for a few hours. Further down, in the years before a house began, only those with logs are.
 */
const EVERY_BLOCK = 1_024;

/**
 * Asks one node what is new. A node whose head is lower than the cursor says nothing about a reorganisation: it is
 * behind. Only another hash at the cursor's own height, or another parent of the block after it, is one.
 * @param remembered the last blocks as the house has them, highest first
 * @returns undefined when nothing is new; without blocks when only more of what is known is final
 * @throws RpcError behind, forked (the chain leaves ours below what is final) and the node's own faults
 */
export async function look(
  ask: Ask,
  cursor: ChainCursor,
  remembered: () => Promise<ChainBlock[]>,
  settings: LookSettings,
): Promise<Found | undefined> {
  const { head, finalizedHeight } = await ends(ask, settings.finality);
  if (head.height < cursor.height)
    throw new RpcError("behind", `the node is at block ${head.height}, the house at ${cursor.height}`);
  if (head.height === cursor.height && head.hash === cursor.hash) {
    const moreIsFinal = { ancestor: cursor.height, head, finalizedHeight, blocks: [], logs: [], to: head };
    return finalizedHeight > cursor.finalizedHeight ? moreIsFinal : undefined;
  }

  const readOn = async (on: Block, base: Pick<ChainBlock, "height" | "hash">): Promise<Found | undefined> => {
    const span = { from: base.height + 1, to: Math.min(on.height, base.height + settings.span) };
    const denseFrom = Math.min(finalizedHeight, on.height) - EVERY_BLOCK;
    const whole = { escrow: settings.escrow, ...span, head: on, denseFrom, baseHash: base.hash };
    const range = await readAgain(() => fetchRange(ask, whole));
    return range && { ...range, ancestor: base.height, head: on, finalizedHeight };
  };
  const straight = head.height > cursor.height ? await readOn(head, cursor) : undefined;
  if (straight) return straight;

  const ours = await headWithOurs(ask, cursor, head);
  if (ours?.height === cursor.height) return undefined;
  const branch = await readOn(ours ?? head, ours ? cursor : await commonAncestor(ask, cursor, await remembered()));
  if (!branch) throw new RpcError("behind", "the chain moved while its branch was read");
  return branch;
}

/**
 * Reads once more when the node has not got what it told of: behind one URL may be several that take turns, and the one
 * that told of the head is the next but one.
 */
const readAgain = <T>(read: () => Promise<T>): Promise<T> =>
  read().catch((error: unknown) => {
    if (error instanceof RpcError && error.fault === "behind") return read();
    throw error;
  });

/** How often a node is asked whether it still has our tip, before that is taken for gone. */
const ASKED = 3;

/**
 * Behind one URL may be several nodes that disagree. While one of them still has our tip, on a chain as long as the
 * other, there is no reorganisation yet, and that chain is read on.
 * @returns the newest block of the one that has our tip; undefined when ours is gone
 */
async function headWithOurs(ask: Ask, cursor: ChainCursor, head: Block): Promise<Block | undefined> {
  for (let time = 0; time < ASKED && cursor.height >= 0; time += 1) {
    const [newest, tip] = await blocksAt(ask, ["latest", cursor.height]);
    if (tip?.hash === cursor.hash && newest && newest.height >= head.height) return newest;
  }
  return undefined;
}

async function ends(ask: Ask, finality: Finality): Promise<{ head: Block; finalizedHeight: number }> {
  if (finality.source === "depth") {
    const [head] = await blocksAt(ask, ["latest"]);
    if (!head) throw new RpcError("bad_answer", "no newest block");
    return { head, finalizedHeight: Math.max(-1, head.height - finality.depth) };
  }
  const [head, finalized] = await blocksAt(ask, ["latest", "finalized"]);
  if (!head || !finalized) throw new RpcError("bad_answer", "no newest or no finalized block");
  return { head, finalizedHeight: Math.min(finalized.height, head.height) };
}

/** How many heights are asked for at once on the way down. */
const STEP = 16;

/** The highest block that the node and the house both have, not below what is final. */
async function commonAncestor(ask: Ask, cursor: ChainCursor, remembered: readonly ChainBlock[]): Promise<ChainBlock> {
  const candidates = remembered.filter(({ height }) => height <= cursor.height && height >= cursor.finalizedHeight);
  for (let at = 0; at < candidates.length; at += STEP) {
    const some = candidates.slice(at, at + STEP);
    const theirs = await blocksAt(
      ask,
      some.map(({ height }) => height),
    );
    const common = some.find(({ hash }, index) => theirs[index]?.hash === hash);
    if (common) return common;
  }
  throw new RpcError(
    "forked",
    `the node's chain has none of our blocks from ${cursor.finalizedHeight} to ${cursor.height}, though the first is final`,
  );
}
