import { type Address, type Hex, toEventSelector } from "viem";
import { escrowAbi } from "../../protocol/abi.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { type Block, blockCall, blocksAt, logsCall, type RawLog, toBlock, toLogs } from "../rpc/read.ts";
import { mayHold } from "./bloom.ts";
import { hasLogs, logsByReceipts } from "./receipts.ts";

/** A span of blocks to read, both ends included, behind a block that is known. */
export interface Span {
  readonly escrow: Address;
  readonly from: number;
  readonly to: number;
  /** The newest block, which need not be asked for again. */
  readonly head: Block;
  /** From here on every block is read; below, only the last and those with logs. */
  readonly denseFrom: number;
  /** Hash of the block before `from`. */
  readonly baseHash: Hex;
}

/** What a span holds. */
export interface Range {
  readonly blocks: Block[];
  readonly logs: RawLog[];
  readonly to: Block;
}

/** The node finds the span too large; half of it may do. */
export class RangeTooLarge extends Error {
  readonly blocks: number;
  constructor(blocks: number, cause: unknown) {
    super(`${blocks} blocks are too many for one request`, { cause });
    this.name = "RangeTooLarge";
    this.blocks = blocks;
  }
}

/** Most logs that one transaction of the database takes. */
const MOST_LOGS = 2_000;

const EVENTS = escrowAbi.filter((entry) => entry.type === "event").map((event) => toEventSelector(event));

/**
 * Reads blocks and logs of a span and sees that they belong together.
 * @returns undefined when the span does not follow the base: the chain was reorganised
 * @throws RangeTooLarge, RpcError
 */
export async function fetchRange(ask: Ask, span: Span): Promise<Range | undefined> {
  const { blocks: known, logs: found } = await ends(ask, span);
  if (!followsBase(known, span)) return undefined;

  const { logs, to } = bounded(found, span.to);
  const blocks = await withBlocksOfLogs(ask, known, logs, to);
  const last = blocks.get(to) ?? (await blocksAt(ask, [to]))[0];
  if (!last) throw new RpcError("bad_answer", `no block ${to}`);
  blocks.set(to, last);

  const read = [...blocks.values()].filter(({ height }) => height >= span.from && height <= to);
  const inOrder = read.sort((a, b) => a.height - b.height);
  assertLinked(inOrder);
  assertOfBlocks(logs, blocks);
  await assertNothingHidden(ask, inOrder, logs, span.escrow);
  return { blocks: inOrder, logs, to: last };
}

/** Logs, and all blocks that are needed whatever the logs are, in one request. */
async function ends(ask: Ask, span: Span): Promise<{ blocks: Map<number, Block>; logs: RawLog[] }> {
  const heights = neededHeights(span).filter((height) => height !== span.head.height);
  const logSpan = { address: span.escrow, from: span.from, to: span.to };
  const calls = heights.map(blockCall);
  const [logs, ...answers] = await ask([logsCall(logSpan), ...calls]).catch(async (error: unknown) => {
    const blocks = span.to - span.from + 1;
    if (!(error instanceof RpcError) || error.fault !== "too_large") throw error;
    if (blocks > 1) throw new RangeTooLarge(blocks, error);
    return [undefined, ...(await ask(calls))];
  });
  const blocks = new Map(answers.map((answer, at) => [heights[at] ?? -1, toBlock(answer, heights[at])]));
  blocks.set(span.head.height, span.head);
  if (logs !== undefined) return { blocks, logs: toLogs(logs, logSpan) };
  // Even one block's logs are too much to be asked for by themselves.
  const block = blocks.get(span.to) ?? (await blocksAt(ask, [span.to]))[0];
  return { blocks, logs: block ? await logsByReceipts(ask, block.hash, logSpan) : [] };
}

/** The base and the last block where the span begins in the deep past; every block from `denseFrom` on. */
function neededHeights({ from, to, denseFrom }: Span): number[] {
  const dense = Math.max(from, denseFrom);
  const heights: number[] = [];
  if (from < denseFrom) heights.push(...new Set([from - 1, Math.min(to, denseFrom - 1)].filter((at) => at >= 0)));
  for (let height = dense; height <= to; height += 1) heights.push(height);
  return heights;
}

function followsBase(blocks: ReadonlyMap<number, Block>, { from, baseHash }: Span): boolean {
  const first = blocks.get(from);
  if (first && first.parentHash !== baseHash) return false;
  const base = blocks.get(from - 1);
  return base === undefined || base.hash === baseHash;
}

/** Whole blocks' logs, as many as one transaction takes; at least those of one block. */
function bounded(logs: RawLog[], to: number): { logs: RawLog[]; to: number } {
  const over = logs[MOST_LOGS];
  if (!over) return { logs, to };
  const first = logs[0]?.height ?? over.height;
  const last = over.height > first ? over.height - 1 : over.height;
  return { logs: logs.filter(({ height }) => height <= last), to: last };
}

async function withBlocksOfLogs(
  ask: Ask,
  known: ReadonlyMap<number, Block>,
  logs: readonly RawLog[],
  to: number,
): Promise<Map<number, Block>> {
  const blocks = new Map([...known].filter(([height]) => height <= to));
  const missing = [...new Set(logs.map(({ height }) => height))].filter((height) => !blocks.has(height));
  for (const block of missing.length > 0 ? await blocksAt(ask, missing) : []) blocks.set(block.height, block);
  return blocks;
}

/** Neighbours must be parent and child, else the chain moved between two answers. */
function assertLinked(blocks: readonly Block[]): void {
  for (const [at, block] of blocks.entries()) {
    const parent = blocks[at - 1];
    if (parent?.height === block.height - 1 && parent.hash !== block.parentHash)
      throw new RpcError("behind", `the chain moved at block ${block.height} while it was read`);
  }
}

function assertOfBlocks(logs: readonly RawLog[], blocks: ReadonlyMap<number, Block>): void {
  for (const log of logs) {
    if (blocks.get(log.height)?.hash !== log.blockHash)
      throw new RpcError(
        "bad_answer",
        `log ${log.logIndex} is of ${log.blockHash}, no block ${log.height} of this chain`,
      );
  }
}

/**
 * A block whose bloom may hold one of our events, but that was given without logs, is looked into receipt by receipt.
 * @throws RpcError bad_answer when a log was withheld
 */
async function assertNothingHidden(
  ask: Ask,
  blocks: readonly Block[],
  logs: readonly RawLog[],
  escrow: Address,
): Promise<void> {
  const withLogs = new Set(logs.map(({ height }) => height));
  const doubtful = blocks.filter(
    ({ height, logsBloom }) =>
      !withLogs.has(height) && mayHold(logsBloom, escrow) && EVENTS.some((topic) => mayHold(logsBloom, topic)),
  );
  for (const { hash, height } of doubtful) {
    if (await hasLogs(ask, hash, escrow))
      throw new RpcError("bad_answer", `block ${height} has logs of ours that were not given`);
  }
}
