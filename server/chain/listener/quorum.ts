import type { Address, Hex } from "viem";
import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { type ChainCursor, everyLogBetween, heightOfLog, highestBlock } from "../../modules/chains/index.ts";
import type { Ask, AskEach } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { type Block, type BlockName, blockCall, logsCall, type RawLog, toBlock, toLogs } from "../rpc/read.ts";
import type { Found } from "./look.ts";

/** What a node gave, and which. */
export interface Given {
  readonly cursor: ChainCursor;
  readonly found: Found;
  readonly node: number;
}

/** Up to where two nodes say the same. */
export interface Agreement {
  readonly height: number;
  /** Why no further, for a person; undefined where the other node only has not got further. */
  readonly doubt: Doubt | undefined;
}

/** Why nothing more becomes final. */
export interface Doubt {
  readonly why: string;
  /** Whether two nodes say different things; else there is no second one to ask. */
  readonly disagree: boolean;
}

/** A block by which the house knows the chain up to there. */
type Known = Pick<Block, "height" | "hash">;
/** As much of a log as two nodes have to say the same of. */
type Held = Pick<RawLog, "blockHash" | "height" | "logIndex" | "txHash" | "topics" | "data">;

const ACTOR = system("listener");
/** Most steps of one look; each is one request to the other node. */
const MOST_STEPS = 8;
/** About as many logs are compared at once. */
const MOST_LOGS = 2_000;

/**
 * How far what was found may become final: up to where a node other than the one that gave it has the same block and the
 * same logs of the escrow since what is final already. By the word of one node nothing becomes final.
 */
export async function agreedUpTo(house: House, rpc: Rpc, given: Given): Promise<Agreement> {
  const { cursor, found, node } = given;
  const to = Math.min(found.to.height, found.finalizedHeight);
  let height = cursor.finalizedHeight;
  let disagreement: string | undefined;
  try {
    for (let step = 0; step < MOST_STEPS && height < to; step += 1) {
      const heights = { above: height, upTo: to };
      const goal = await nextGoal(house, found, heights);
      if (!goal) break;
      const reached = await rpc.onAnother(node, (ask, each, other) =>
        witness(house, found, { ask, each, heights, goal }).catch((error: unknown) => {
          if (error instanceof RpcError && error.fault === "disagrees")
            disagreement = `node ${node} and node ${other} disagree, and nothing becomes final: ${error.message}`;
          throw error;
        }),
      );
      disagreement = undefined;
      if (reached < goal.height) return { height: reached, doubt: undefined };
      height = reached;
    }
    return { height, doubt: undefined };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (disagreement !== undefined) return { height, doubt: { why: disagreement, disagree: true } };
    if (error.fault === "behind") return { height, doubt: undefined };
    const why = `no second node confirms what is to be final: ${error.message}`;
    return { height, doubt: { why, disagree: false } };
  }
}

/** As far as one step goes: a block the house knows, with not too many blocks and logs before it. */
async function nextGoal(house: House, found: Found, { above, upTo }: Heights): Promise<Known | undefined> {
  const { id, blockRange } = house.config.chain;
  const over = await house.db.read(ACTOR, (ctx) => heightOfLog(ctx, id, { above, count: MOST_LOGS }));
  const most = Math.min(upTo, over === undefined ? upTo : Math.max(above + 1, over - 1));
  for (let reach = above + blockRange; ; reach += blockRange) {
    const goal = await knownBlock(house, found, { above, upTo: Math.min(most, reach) });
    if (goal || reach >= most) return goal ?? knownBlock(house, found, { above, upTo });
  }
}

interface Heights {
  readonly above: number;
  readonly upTo: number;
}

/** The highest block of these heights that was found, or is stored and stays. */
async function knownBlock({ db, config }: House, found: Found, { above, upTo }: Heights): Promise<Known | undefined> {
  const fresh = found.blocks.findLast(({ height }) => height > above && height <= upTo);
  if (fresh) return fresh;
  const stored = { above, upTo: Math.min(upTo, found.ancestor) };
  return db.read(ACTOR, (ctx) => highestBlock(ctx, config.chain.id, stored));
}

interface Step {
  readonly ask: Ask;
  readonly each: AskEach;
  readonly heights: Heights;
  readonly goal: Known;
}

/**
 * Asks another node about the blocks above `heights.above`, up to the goal or as far as it has got.
 * @returns up to where it agrees
 * @throws RpcError behind when it has got nowhere, disagrees
 */
async function witness(house: House, found: Found, { ask, each, heights, goal }: Step): Promise<number> {
  const { escrow, finality } = house.config.chain;
  const { above } = heights;
  const names: BlockName[] = finality.source === "tag" ? ["latest", "finalized"] : ["latest"];
  const spanTo = (to: number) => ({ address: escrow, from: above + 1, to });
  const answers = await each([...names.map(blockCall), blockCall(goal.height), logsCall(spanTo(goal.height))]);
  const ends = answers.slice(0, names.length).map((answer, at) => toBlock(orThrow(answer), names[at]));
  const reach = Math.min(...ends.map(({ height }) => height));
  if (reach >= goal.height) {
    assertSame(goal, toBlock(orThrow(answers.at(-2)), goal.height));
    const logs = answers.at(-1);
    const split = logs instanceof RpcError && logs.fault === "too_large" && goal.height > above + 1;
    const theirs = split ? await logsInParts(ask, spanTo(goal.height)) : toLogs(orThrow(logs), spanTo(goal.height));
    await assertSameLogs(house, found, { above, upTo: goal.height }, theirs);
    return goal.height;
  }
  const nearer = reach > above ? await knownBlock(house, found, { above, upTo: reach }) : undefined;
  if (!nearer) throw new RpcError("behind", `the other node has got to block ${reach} only`);
  const [block] = await ask([blockCall(nearer.height)]);
  assertSame(nearer, toBlock(block, nearer.height));
  const theirs = await logsInParts(ask, spanTo(nearer.height));
  await assertSameLogs(house, found, { above, upTo: nearer.height }, theirs);
  return nearer.height;
}

function orThrow(answer: unknown): unknown {
  if (answer instanceof RpcError) throw answer;
  return answer;
}

/** Logs of a span, by halves where a node finds it too much. */
async function logsInParts(ask: Ask, span: { address: Address; from: number; to: number }): Promise<RawLog[]> {
  try {
    const [logs] = await ask([logsCall(span)]);
    return toLogs(logs, span);
  } catch (error) {
    if (!(error instanceof RpcError) || error.fault !== "too_large" || span.from === span.to) throw error;
    const middle = Math.floor((span.from + span.to) / 2);
    const first = await logsInParts(ask, { ...span, to: middle });
    return [...first, ...(await logsInParts(ask, { ...span, from: middle + 1 }))];
  }
}

function assertSame(ours: Known, theirs: Known): void {
  if (ours.hash !== theirs.hash)
    throw new RpcError("disagrees", `block ${ours.height} is ${ours.hash} at the one and ${theirs.hash} at the other`);
}

async function assertSameLogs(house: House, found: Found, heights: Heights, theirs: readonly Held[]): Promise<void> {
  const { id } = house.config.chain;
  const stays = Math.min(heights.upTo, found.ancestor);
  const stored = await house.db.read(ACTOR, (ctx) => everyLogBetween(ctx, id, heights.above + 1, stays));
  const held: Held[] = stored.filter(({ state }) => state !== "reverted");
  const fresh = found.logs.filter(({ height }) => height > heights.above && height <= heights.upTo);
  const ours = new Map([...held, ...fresh].map((log) => [placeOf(log), contentOf(log)]));
  for (const log of theirs) {
    const place = placeOf(log);
    if (ours.get(place) !== contentOf(log))
      throw differs(place, ours.has(place) ? "is not the same" : "is missing at the one");
    ours.delete(place);
  }
  const [more] = ours.keys();
  if (more !== undefined) throw differs(more, "is missing at the other");
}

const differs = (place: string, how: string) => new RpcError("disagrees", `${place} ${how}`);
const placeOf = ({ height, blockHash, logIndex }: Held): string => `log ${logIndex} of block ${height} (${blockHash})`;
const contentOf = ({ txHash, topics, data }: Held): Hex => `${txHash}${topics.join("")}${data}`;
