import type { Context } from "../../core/db/context.ts";
import type { ChainBlock, ChainCursor, ChainLog, CursorMove, Lease } from "../../modules/chains/index.ts";
import { logsAbove } from "../../modules/chains/index.ts";
import { applyChange, type ChangeSettings } from "./applyChange.ts";
import { logRow } from "./logRows.ts";
import type { Found } from "./look.ts";

export interface RangeSettings extends ChangeSettings {
  /** Blocks a log needs, itself counted, to be confirmed. */
  readonly confirmations: number;
}

/** What a range did, for metrics and the log. */
export interface Applied {
  readonly cursor: ChainCursor;
  readonly logs: number;
  readonly quarantined: number;
  readonly unmatched: number;
  readonly broken: number;
  /** Blocks that a reorganisation took; 0 without one. */
  readonly depth: number;
}

/**
 * Writes what a look found: what came after the cursor, or after the block where the chain left it.
 * @throws LeaseLost, CursorMoved when another process writes
 */
export async function applyRange(
  ctx: Context,
  from: ChainCursor,
  found: Found,
  lease: Lease,
  settings: RangeSettings,
): Promise<Applied> {
  const { domain, confirmations } = settings;
  const depth = from.height - found.ancestor;
  const change = {
    to: destination(from, found, confirmations),
    gone: depth > 0 ? await logsAbove(ctx, domain.chainId, found.ancestor) : [],
    fresh: found.logs.map((log) => logRow(log, domain)),
    blocks: found.blocks.map((block) => withoutBloom(domain.chainId, block)),
    ...(depth > 0 ? { forgetAbove: found.ancestor } : {}),
  };
  const { cursor, rows, broken } = await applyChange(ctx, from, change, lease, settings);
  const count = (state: ChainLog["state"]) => rows.filter((row) => row.state === state).length;
  return {
    ...{ cursor, broken, depth, logs: rows.length },
    ...{ quarantined: count("quarantined"), unmatched: count("unmatched") },
  };
}

/** Where the cursor goes. What is final stays so, and what is final is confirmed. */
function destination(from: ChainCursor, { to, head, finalizedHeight }: Found, confirmations: number): CursorMove {
  const final = Math.max(from.finalizedHeight, Math.min(to.height, finalizedHeight));
  return {
    height: to.height,
    hash: to.hash,
    timestampS: to.timestampS,
    finalizedHeight: final,
    confirmedHeight: Math.max(final, Math.min(to.height, head.height - confirmations + 1)),
  };
}

const withoutBloom = (chainId: number, { logsBloom: _, ...block }: Found["blocks"][number]): ChainBlock => ({
  chainId,
  ...block,
});
