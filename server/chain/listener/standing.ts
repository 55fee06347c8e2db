import type { House } from "../../core/house.ts";
import {
  type ChainDifference,
  head,
  leaseOf,
  openDifferences,
  progressOf,
  quarantine,
} from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import { createRpc } from "../rpc/pool.ts";
import { type Block, blocksAt } from "../rpc/read.ts";
import { ACTOR } from "./byHand.ts";
import { whyStopped } from "./status.ts";

/** How a chain stands, by the tables and a node that is asked now. Heights are block numbers. */
export interface ChainStanding {
  readonly chainId: number;
  readonly cursor: number | undefined;
  readonly confirmed: number | undefined;
  readonly final: number | undefined;
  /** The newest block of a node, or why none answered. */
  readonly node: { readonly head: number | undefined; readonly problem: string | undefined };
  readonly lagBlocks: number | undefined;
  /** By the blocks' own time, in seconds. */
  readonly lagSeconds: number | undefined;
  /** Since when the server that follows the chain has heard nothing of a node, in milliseconds. */
  readonly heardAgoMs: number | undefined;
  readonly stopped: string | null;
  readonly lease:
    | { readonly holder: string; readonly epoch: number; readonly over: boolean; readonly left_ms: number }
    | undefined;
  readonly quarantined: {
    readonly count: number;
    readonly newest: { readonly height: number; readonly transaction: string; readonly log_index: number } | undefined;
  };
  readonly differences: readonly Pick<ChainDifference, "what" | "subject" | "expected" | "actual" | "foundAt">[];
  /** What a person has to look at, in sentences; none where all is well. */
  readonly needs: readonly string[];
}

/** Further behind than this, a chain needs a person. */
const FAR_BEHIND = 100;

/** Looks at the tables and asks a node. Changes nothing. */
export async function chainStanding({ db, config }: Pick<House, "db" | "config">): Promise<ChainStanding> {
  const { chain } = config;
  const tables = await db.read(ACTOR, async (ctx) => ({
    cursor: await head(ctx, chain.id),
    progress: await progressOf(ctx, chain.id),
    lease: await leaseOf(ctx, chain.id),
    quarantined: await quarantine(ctx, chain.id),
    differences: await openDifferences(ctx, chain.id),
  }));
  const { cursor, lease } = tables;
  const newest = await newestBlock(chain);
  const block = typeof newest === "string" ? undefined : newest;
  const { newest: log, count } = tables.quarantined;
  const standing = {
    ...{
      chainId: chain.id,
      cursor: cursor?.height,
      confirmed: cursor?.confirmedHeight,
      final: cursor?.finalizedHeight,
    },
    node: { head: block?.height, problem: typeof newest === "string" ? newest : undefined },
    lagBlocks: block && cursor && Math.max(0, block.height - cursor.height),
    lagSeconds: block && cursor && Math.max(0, block.timestampS - cursor.timestampS),
    heardAgoMs: tables.progress?.seen?.answeredAgoMs,
    stopped: (cursor && whyStopped(cursor, chain.id)) ?? null,
    lease: lease && { holder: lease.holder, epoch: lease.epoch, over: lease.over, left_ms: lease.leftMs },
    quarantined: {
      count,
      newest: log && { height: log.height, transaction: log.txHash, log_index: log.logIndex },
    },
    differences: tables.differences.map(({ what, subject, expected, actual, foundAt }) => ({
      ...{ what, subject, expected, actual, foundAt },
    })),
  };
  return { ...standing, needs: needsOf(standing) };
}

/** A node's newest block, or why there is none. */
async function newestBlock(chain: House["config"]["chain"]): Promise<Block | string> {
  const rpc = createRpc(chain);
  try {
    const [block] = await rpc.onOne((ask) => blocksAt(ask, ["latest"]));
    return block ?? "no node has a block";
  } catch (error) {
    if (error instanceof RpcError) return error.message;
    throw error;
  } finally {
    rpc.close();
  }
}

function needsOf(standing: Omit<ChainStanding, "needs">): string[] {
  const { cursor, stopped, lease, quarantined, differences, node, lagBlocks = 0 } = standing;
  const at = quarantined.newest;
  return [
    ...(cursor === undefined ? ["nothing has been read yet: start the server"] : []),
    ...(stopped === null ? [] : [`stopped: ${stopped}. See: npm run listener -- rewind`]),
    ...(lease && !lease.over ? [] : ["no server follows the chain: start one with ROLE=all or ROLE=worker"]),
    ...(node.problem === undefined ? [] : [`no node answers: ${node.problem}`]),
    ...(lagBlocks > FAR_BEHIND ? [`${lagBlocks} blocks behind`] : []),
    ...(at
      ? [
          `${quarantined.count} logs cannot be read, the newest in block ${at.height}, transaction ${at.transaction}. ` +
            "After an upgrade that can: npm run listener -- replay-quarantine",
        ]
      : []),
    ...differences.map(
      ({ what, subject, expected, actual }) => `${what} ${subject} differs: expected ${expected}; it is ${actual}`,
    ),
  ];
}
