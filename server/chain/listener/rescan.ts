import type { House } from "../../core/house.ts";
import {
  type ChainCursor,
  type ChainLog,
  everyLogBetween,
  head,
  rememberedBlocks,
} from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { createRpc, type Rpc } from "../rpc/pool.ts";
import { blocksAt, logsCall, type RawLog, toLogs } from "../rpc/read.ts";
import { type Anew, applyChange, type Changed, changeSettings } from "./applyChange.ts";
import {
  ACTOR,
  type Consequences,
  consequencesOf,
  known,
  type Mode,
  Refused,
  refuseStopped,
  writeBeside,
} from "./byHand.ts";
import { fetchRange, type Range, RangeTooLarge } from "./fetchRange.ts";
import { idOf, logRow, type ReadLog } from "./logRows.ts";

/** Blocks to read again, both ends included. */
export interface Blocks {
  readonly from: number;
  readonly to: number;
}

/** What reading blocks again led to. */
export interface Rescan extends Consequences, Blocks {
  /** Logs that the nodes have there. */
  readonly seen: number;
}

/** Blocks of one part: every one of them is asked for, and its bloom filter compared with its logs. */
const PART = 256;
/** How often a part is read again that the chain left while it was read. */
const MOST_TRIES = 5;

/**
 * Reads blocks from the nodes again, final or not, and makes the tables follow: logs that are missing come, stored ones
 * that are not on the chain leave, and all orders, agreements and accounts met are derived anew and booked. In parts,
 * each one transaction; a broken-off one is simply asked again.
 * @param onPart told of each part when it is done, for progress
 * @throws Refused when the blocks make no sense, the chain is stopped, or two nodes do not agree
 */
export async function rescan(
  house: Pick<House, "db" | "config">,
  { from, to }: Blocks,
  mode: Mode,
  onPart: (part: Blocks) => void = () => undefined,
): Promise<Rescan> {
  const { db, config } = house;
  const { id: chainId, startBlock } = config.chain;
  const cursor = known(await db.read(ACTOR, (ctx) => head(ctx, chainId)), chainId);
  refuseStopped(cursor);
  if (from > to) throw new Refused(`block ${from} comes after block ${to}`);
  if (from < startBlock) throw new Refused(`the escrow begins at block ${startBlock}`);
  if (to > cursor.height)
    throw new Refused(`block ${to} has not been read yet: the tables go up to ${cursor.height}, the server reads on`);

  const nodes = openNodes(house);
  const parts: Part[] = [];
  try {
    for (let at = from; at <= to; ) {
      const part = await rescanPart(house, nodes, { from: at, to }, mode);
      parts.push(part);
      onPart(part);
      at = part.to + 1;
    }
  } finally {
    for (const node of nodes) node.close();
  }
  return { ...consequencesOf(parts), from, to, seen: parts.reduce((sum, { seen }) => sum + seen, 0) };
}

/** A node each, so that one's word can be held against another's. Whoever opened them closes them. */
export function openNodes({ config }: Pick<House, "config">): Rpc[] {
  const { chain } = config;
  return chain.rpcUrls.filter((url) => url.startsWith("http")).map((url) => createRpc({ ...chain, rpcUrls: [url] }));
}

/** One part of a rescan; `to` is where it ends. */
export interface Part extends Blocks {
  readonly seen: number;
  readonly gone: number;
  readonly changed: Changed;
}

/** Reads the first blocks of these again, as many as one transaction takes. */
export async function rescanPart(
  house: Pick<House, "db" | "config">,
  nodes: readonly Rpc[],
  blocks: Blocks,
  mode: Mode,
): Promise<Part> {
  const { db, config } = house;
  let span = PART;
  for (let tries = 1; ; ) {
    try {
      const cursor = known(await db.read(ACTOR, (ctx) => head(ctx, config.chain.id)), config.chain.id);
      const part = { from: blocks.from, to: Math.min(blocks.to, blocks.from + span - 1) };
      const range = await readPart(house, nodes, cursor, part);
      return await applyPart(house, range, { from: part.from, to: range.to.height }, mode);
    } catch (error) {
      if (error instanceof RangeTooLarge) {
        span = Math.max(1, Math.floor(error.blocks / 2));
        continue;
      }
      tries += 1;
      if (!(error instanceof RpcError) || error.fault !== "behind" || tries > MOST_TRIES) throw error;
    }
  }
}

/** What one node has there and another, where there are several, confirms. */
async function readPart(
  { config }: Pick<House, "config">,
  nodes: readonly Rpc[],
  cursor: ChainCursor,
  { from, to }: Blocks,
): Promise<Range> {
  const { escrow } = config.chain;
  const { answer: range, at } = await firstAnswer(nodes, async (ask) => {
    const [tip, base] = await blocksAt(ask, [cursor.height, Math.max(0, from - 1)]);
    if (!tip || !base || tip.hash !== cursor.hash)
      throw new RpcError("behind", `block ${cursor.height} is another one at the node: the server has yet to follow`);
    const read = await fetchRange(ask, {
      ...{ escrow, from, to, head: tip, denseFrom: from },
      baseHash: from === 0 ? NOTHING_BEFORE : base.hash,
    });
    if (!read) throw new RpcError("behind", "the chain moved while it was read");
    return read;
  });
  const others = nodes.filter((_, index) => index !== at);
  if (others.length === 0) return range;
  const span = { address: escrow, from, to: range.to.height };
  const { answer: second } = await firstAnswer(others, async (ask) =>
    toLogs((await ask([logsCall(span)]))[0], span),
  ).catch((error: unknown) => {
    throw error instanceof RpcError
      ? new Refused(`only one of ${nodes.length} nodes answers (${error.message}): name the one you trust with --rpc`)
      : error;
  });
  if (said(second) !== said(range.logs))
    throw new Refused(
      `the nodes disagree about the logs of blocks ${from} to ${range.to.height}: name the one you trust with --rpc`,
    );
  return range;
}

/** The parent of block 0. */
const NOTHING_BEFORE = `0x${"0".repeat(64)}` as const;

const said = (logs: readonly RawLog[]): string =>
  JSON.stringify(logs.map(({ blockHash, logIndex, topics, data }) => [blockHash, logIndex, topics, data]));

/** The first node's answer that stands. @throws RpcError the last one's, when none does */
async function firstAnswer<T>(
  nodes: readonly Rpc[],
  work: (ask: Ask) => Promise<T>,
): Promise<{ readonly answer: T; readonly at: number }> {
  let last: unknown = new RpcError("unreachable", "there is no node to ask");
  for (const [at, node] of nodes.entries()) {
    try {
      return { answer: await node.onOne(work), at };
    } catch (error) {
      last = error;
      if (!(error instanceof RpcError)) throw error;
    }
  }
  throw last;
}

function applyPart(
  { db, config }: Pick<House, "db" | "config">,
  range: Range,
  { from, to }: Blocks,
  mode: Mode,
): Promise<Part> {
  const { id: chainId } = config.chain;
  const settings = changeSettings(config.chain);
  return writeBeside(db, { chainId, mode }, async (ctx, cursor) => {
    refuseStopped(cursor);
    const remembered = new Map((await rememberedBlocks(ctx, chainId)).map(({ height, hash }) => [height, hash]));
    const moved = range.blocks.find(({ height, hash }) => (remembered.get(height) ?? hash) !== hash);
    if (cursor.height < to || moved) throw new RpcError("behind", "the chain moved while it was read");

    const stored = await everyLogBetween(ctx, chainId, from, to);
    const read = range.logs.map((log) => logRow(log, settings.domain));
    const { gone, fresh } = differences(stored, read);
    const change = { to: cursor, gone, fresh, blocks: [], anew: subjectsOf([...stored, ...read]) };
    const changed = await applyChange(ctx, cursor, change, undefined, settings);
    return { from, to, seen: read.length, gone: gone.length, changed };
  });
}

/** What has to leave and to come for the stored logs to be those of the chain. One that was altered does both. */
function differences(stored: readonly ChainLog[], read: readonly ReadLog[]): { gone: ChainLog[]; fresh: ReadLog[] } {
  const onChain = new Map(read.map((log) => [idOf(log), log]));
  const counting = stored.filter(({ state }) => state !== "reverted");
  const gone = counting.filter((log) => !isSame(log, onChain.get(idOf(log))));
  const left = new Set(gone.map(idOf));
  const stays = new Set(counting.map(idOf).filter((id) => !left.has(id)));
  return { gone, fresh: read.filter((log) => !stays.has(idOf(log))) };
}

/** Whether a stored log says what the chain's says. Whether it is of somebody we know is not the chain's to say. */
const isSame = (stored: ChainLog, read: ChainLog | undefined): boolean =>
  read !== undefined && told(stored) === told(read);

const told = (log: ChainLog): string => {
  const { height, txHash, topics, data, event, termsHash, agreementId, account, state } = log;
  return JSON.stringify([
    height,
    txHash,
    topics,
    data,
    event,
    termsHash,
    agreementId,
    account,
    state === "quarantined",
  ]);
};

/** Everything that these logs are of. */
const subjectsOf = (logs: readonly ChainLog[]): Anew => ({
  orders: [...new Set(logs.flatMap(({ termsHash }) => termsHash ?? []))],
  agreements: [...new Set(logs.flatMap(({ agreementId }) => agreementId ?? []))],
  accounts: [...new Set(logs.flatMap(({ account }) => account ?? []))],
});
