import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { type ChainCursor, rememberedBlocks } from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { blocksAt } from "../rpc/read.ts";
import { RangeTooLarge } from "./fetchRange.ts";
import { type Found, look } from "./look.ts";
import { agreedUpTo, type Doubt } from "./quorum.ts";
import { afterCut, afterFull, afterRefusal, afterTrouble, blocksOf, type Span, widest } from "./span.ts";

/** What a look gave. */
export interface Reading {
  /** Undefined where nothing is new. */
  readonly found: Found | undefined;
  /** Why nothing more becomes final, for a person; undefined while it may. */
  readonly doubt: Doubt | undefined;
}

/** Reads on behind a cursor, from whichever node answers, as much at once as that node gives. */
export interface Reader {
  /** @throws RangeTooLarge when less is to be asked for, at once; RpcError when no node could */
  read(cursor: ChainCursor): Promise<Reading>;
}

const ACTOR = system("listener");
/** After so many looks without news, and no later than the time, another node is asked whether it has some. */
const QUIET_LOOKS = 20;
const QUIET_MS = 30_000;

/** Makes a reader of the configured chain. */
export function createReader(house: House, rpc: Rpc): Reader {
  const { chain } = house.config;
  const { escrow, finality, blockRange } = chain;
  const quietMs = Math.min(QUIET_LOOKS * chain.pollMs, QUIET_MS);
  /** Per node, for each has limits of its own. */
  const spans = new Map<number, Span>();
  const spanOf = (node: number): Span => spans.get(node) ?? widest(blockRange);
  /** Since when there is no news, when another node was last asked for some, and which had it. */
  let quiet: { since: number; askedAt: number; ahead: number | undefined };

  const lookAt = async (cursor: ChainCursor): Promise<{ found: Found | undefined; node: number }> => {
    const remembered = () => house.db.read(ACTOR, (ctx) => rememberedBlocks(ctx, chain.id));
    return rpc.onOne(async (ask, _, node) => {
      try {
        const span = spanOf(node);
        const blocks = blocksOf(span);
        const found = await look(ask, cursor, remembered, { escrow, finality, span: blocks });
        const read = found ? found.to.height - found.ancestor : 0;
        if (found && read < Math.min(blocks, found.head.height - found.ancestor)) spans.set(node, afterCut(read));
        else if (read >= blocks) spans.set(node, afterFull(span, blockRange));
        return { found, node };
      } catch (error) {
        if (error instanceof RangeTooLarge) spans.set(node, afterRefusal(error.blocks));
        else if (!(error instanceof RpcError) || error.fault !== "behind") spans.set(node, afterTrouble(spanOf(node)));
        throw error;
      }
    });
  };

  /**
   * A node may stand still without knowing. Another one that twice in a row is ahead of it is asked from now on: soon
   * where it goes on from our tip, and after a longer time where it does not.
   */
  const lookAround = async (cursor: ChainCursor, node: number): Promise<void> => {
    const now = performance.now();
    if (now - quiet.askedAt < quietMs) return;
    quiet.askedAt = now;
    const ahead = await rpc
      .onAnother(node, async (ask, _, at) => {
        const [newest, tip] = await blocksAt(ask, ["latest", Math.max(0, cursor.height)]);
        const isAhead = newest !== undefined && newest.height > cursor.height;
        return isAhead && (tip?.hash === cursor.hash || now - quiet.since > QUIET_MS) ? at : undefined;
      })
      .catch(() => undefined);
    if (ahead !== undefined && ahead === quiet.ahead) rpc.turn(ahead);
    quiet.ahead = ahead;
  };
  const news = (): void => {
    const now = performance.now();
    quiet = { since: now, askedAt: now, ahead: undefined };
  };

  news();
  return {
    async read(cursor) {
      const { found, node } = await lookAt(cursor);
      if (found && found.blocks.length > 0) news();
      else if (rpc.size > 1) await lookAround(cursor, node);
      if (!found || chain.quorum < 2 || rpc.size < 2) return { found, doubt: undefined };

      const { height, doubt } = await agreedUpTo(house, rpc, { cursor, found, node });
      const isNews = found.blocks.length > 0 || height > cursor.finalizedHeight;
      return { found: isNews ? { ...found, finalizedHeight: height } : undefined, doubt };
    },
  };
}
