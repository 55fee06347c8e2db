import type { ChainCursor, NewDifference } from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { blocksAt } from "../rpc/read.ts";

/** A difference, and from which block on a log that explains it may be. */
export interface Finding extends Pick<NewDifference, "what" | "subject" | "expected" | "actual" | "height"> {
  /** The block of the earliest log it may miss; undefined where only a time is known, or nothing. */
  readonly fromHeight: number | undefined;
  /** No log of it is older than this chain second; undefined where that is not known. */
  readonly fromS: number | undefined;
}

/** What was looked at, and what of it differs. */
export interface Compared {
  readonly subjects: readonly string[];
  readonly found: readonly Finding[];
}

/**
 * Sees that the node is on the tables' chain: what it says of the finalized block is worth nothing else.
 * @throws RpcError behind when it has another block at the cursor
 */
export async function onOurChain(ask: Ask, { height, hash }: ChainCursor): Promise<void> {
  const [tip] = await blocksAt(ask, [height]);
  if (tip?.hash !== hash) throw new RpcError("behind", `block ${height} is another one at the node`);
}
