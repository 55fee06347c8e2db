import type { Hex } from "viem";
import type { House } from "../../core/house.ts";
import {
  type ChainCursor,
  doubtFinal,
  head,
  logsAbove,
  newestLogUpTo,
  rememberedBlocks,
  resumeChain,
} from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { createRpc, type Rpc } from "../rpc/pool.ts";
import { blockCall, toBlock } from "../rpc/read.ts";
import { applyChange, changeSettings } from "./applyChange.ts";
import { ACTOR, type Consequences, consequencesOf, known, type Mode, Refused, writeBeside } from "./byHand.ts";

/** A block to go back to. */
interface Base {
  readonly height: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestampS: number;
}

/** What a rewind does. Heights are block numbers. */
export interface Rewind extends Consequences {
  readonly from: number;
  readonly to: number;
  /** The highest block that nodes and tables both have. */
  readonly agreed: number;
  /** Why the chain was stopped, null when it was not. */
  readonly stopped: string | null;
}

/**
 * Takes back everything above a block that nodes and tables agree on, final or not, and lets a stopped chain be
 * followed again from there. One transaction: logs above become reverted, orders, agreements and ledger are derived
 * anew, and a running server goes on by itself.
 * @param to block to go back to; undefined: the highest one that both have
 * @throws Refused when there is nothing to take back to there
 */
export async function rewind(house: Pick<House, "db" | "config">, to: number | undefined, mode: Mode): Promise<Rewind> {
  const { db, config } = house;
  const { chain } = config;
  const rpc = createRpc(chain);
  try {
    const cursor = known(await db.read(ACTOR, (ctx) => head(ctx, chain.id)), chain.id);
    const agreed = await rpc.onOne((ask) => highestAgreed(ask, house, cursor));
    const height = to ?? agreed;
    refuseHeight(height, { cursor, agreed, first: chain.startBlock - 1 });
    const base = await agreedBlock(house, height);
    const done = await writeBeside(db, { chainId: chain.id, mode }, async (ctx, now) => {
      if (now.version !== cursor.version && now.height < height)
        throw new Refused(`the cursor went back to block ${now.height} meanwhile`);
      await resumeChain(ctx, now);
      const gone = await logsAbove(ctx, chain.id, height);
      const lower = { confirmedHeight: Math.min(now.confirmedHeight, height) };
      const move = {
        to: { ...lower, ...place(base), finalizedHeight: Math.min(now.finalizedHeight, height) },
        ...{ gone, fresh: [], forgetAbove: height },
        blocks: base.height < 0 ? [] : [{ chainId: chain.id, ...base }],
      };
      const changed = await applyChange(ctx, { ...now, stopped: null }, move, undefined, changeSettings(chain));
      await doubtFinal(ctx, chain.id, height);
      return consequencesOf([{ gone: gone.length, changed }]);
    });
    return { ...done, from: cursor.height, to: height, agreed, stopped: cursor.stopped };
  } finally {
    rpc.close();
  }
}

const place = ({ height, hash, timestampS }: Base) => ({ height, hash, timestampS });

function refuseHeight(
  height: number,
  { cursor, agreed, first }: { cursor: ChainCursor; agreed: number; first: number },
): void {
  if (height < first) throw new Refused(`the escrow begins at block ${first + 1}: rewind to ${first} at the lowest`);
  if (height > cursor.height)
    throw new Refused(`the tables go up to block ${cursor.height}: a rewind goes back, to that block or below`);
  if (height > agreed)
    throw new Refused(
      `the nodes have another block ${height} than the tables, or none: rewind to ${agreed}, the highest both have, or below`,
    );
  if (height === cursor.height && cursor.stopped === null)
    throw new Refused(`the tables end at block ${height}, the chain is followed: there is nothing to take back`);
}

/** The block before block 0. */
const BEFORE_ALL: Base = {
  height: -1,
  hash: `0x${"0".repeat(64)}`,
  parentHash: `0x${"0".repeat(64)}`,
  timestampS: 0,
};

/** The block at `height`, on which all nodes that answer have to agree. */
async function agreedBlock({ config }: Pick<House, "config">, height: number): Promise<Base> {
  if (height < 0) return BEFORE_ALL;
  const { chain } = config;
  const urls = chain.rpcUrls.filter((url) => url.startsWith("http"));
  const pools = urls.map((url) => createRpc({ ...chain, rpcUrls: [url] }));
  const answers = await Promise.all(pools.map((pool) => blockOf(pool, height).finally(() => pool.close())));
  const blocks = answers.flatMap((block, at) => (block ? [{ block, url: urls[at] }] : []));
  const [first] = blocks;
  if (!first) throw new Refused(`no node has block ${height}`);
  const other = blocks.find(({ block }) => block.hash !== first.block.hash);
  if (other)
    throw new Refused(
      `the nodes disagree about block ${height}: ${first.block.hash} at ${first.url}, ${other.block.hash} at ${other.url}. ` +
        "Find out which is right and name it with --rpc",
    );
  const { logsBloom: _, ...base } = first.block;
  return base;
}

/** A node's block; undefined when it has none or gives no answer. */
async function blockOf(rpc: Rpc, height: number) {
  try {
    return await rpc.onOne(async (ask) => {
      const [answer] = await ask([blockCall(height)]);
      return answer === null ? undefined : toBlock(answer, height);
    });
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}

/** How many heights are asked for at once on the way down. */
const STEP = 64;

/**
 * The highest block that the node and the tables both have. Those remembered are asked for one by one; below them it
 * is looked for by halves, for a block that both have has only such below it.
 */
async function highestAgreed(
  ask: Ask,
  { db, config }: Pick<House, "db" | "config">,
  cursor: ChainCursor,
): Promise<number> {
  const { id, startBlock } = config.chain;
  const remembered = (await db.read(ACTOR, (ctx) => rememberedBlocks(ctx, id))).filter(
    ({ height }) => height <= cursor.height,
  );
  for (let at = 0; at < remembered.length; at += STEP) {
    const some = remembered.slice(at, at + STEP);
    const theirs = await hashesAt(
      ask,
      some.map(({ height }) => height),
    );
    const common = some.find(({ hash }, index) => theirs[index] === hash);
    if (common) return common.height;
  }
  let low = startBlock - 1;
  let high = Math.min(cursor.height, (remembered.at(-1)?.height ?? cursor.height + 1) - 1);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const log = await db.read(ACTOR, (ctx) => newestLogUpTo(ctx, id, middle));
    const [hash, block] = await hashesAt(ask, [log?.height ?? 0, middle]);
    if (block !== undefined && (!log || hash === log.blockHash)) low = middle;
    else high = block === undefined || !log ? middle - 1 : log.height - 1;
  }
  return low;
}

/** The hashes the node has at these heights; undefined where it has no block. */
async function hashesAt(ask: Ask, heights: readonly number[]): Promise<(Hex | undefined)[]> {
  const answers = await ask(heights.map(blockCall));
  return answers.map((answer, at) => (answer === null ? undefined : toBlock(answer, heights[at]).hash));
}
