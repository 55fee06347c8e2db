import { setTimeout as pause } from "node:timers/promises";
import { type Context, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import {
  type ChainCursor,
  CursorMoved,
  head as cursorOf,
  FORMAT,
  type Lease,
  LeaseLost,
  openCursor,
  progressOf,
  recordBlocks,
  type Seen,
  stopChain,
} from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { blocksAt } from "../rpc/read.ts";
import { changeSettings } from "./applyChange.ts";
import { type Applied, applyRange, type RangeSettings } from "./applyRange.ts";
import { RangeTooLarge } from "./fetchRange.ts";
import { createLeaseKeeper } from "./leaseKeeper.ts";
import type { Found } from "./look.ts";
import type { Doubt } from "./quorum.ts";
import { createReader } from "./reader.ts";
import { type ListenerStatus, nothingSeen, statusFrom, whyStopped } from "./status.ts";

export interface Listener {
  status(): ListenerStatus;
  /**
   * In the open transaction: nobody else may write what the chain says before it is over.
   * @throws LeaseLost unless this process may
   */
  fence(ctx: Context): Promise<void>;
  /** Looks at the chain at once. */
  wake(): void;
  /** Ends after the transaction that is being written. */
  stop(): Promise<void>;
}

export interface ListenerOptions {
  readonly rpc: Rpc;
  /** Told of every move of the cursor, after its commit. */
  readonly onMoved: (applied: Applied, lease: Lease) => void;
  /** Told whenever this process comes to lead or no longer does. */
  readonly onLead: (leads: boolean) => void;
  /** Told when two nodes say different things of what was about to become final. */
  readonly onDisagreement: () => void;
}

const ACTOR = system("listener");
const LONGEST_BACK_OFF_MS = 1_000;
/** A loop of which no look has ended for so long, in milliseconds, hangs: another process is let go on. */
const HANGS_AFTER_MS = 30_000;

/** Starts following the chain; one look at a time, the next `pollMs` after the last began. */
export function startListener(house: House, options: ListenerOptions): Listener {
  const { db, config, log } = house;
  const { chain } = config;
  const { rpc, onMoved, onLead, onDisagreement } = options;
  const reader = createReader(house, rpc);
  const settings: RangeSettings = { ...changeSettings(chain), confirmations: chain.confirmations };
  const stopping = new AbortController();
  let waking = new AbortController();
  let status = nothingSeen();
  let failures = 0;
  let lastDoubt = "";
  const hangsAfterMs = Math.max(HANGS_AFTER_MS, 6 * chain.rpcTimeoutMs);
  const keeper = createLeaseKeeper(house, {
    seen: () => seenBy(status),
    isAlive: () => performance.now() - status.lookedAt < hangsAfterMs,
  });

  const report = (changes: Partial<ListenerStatus>): void => {
    const led = status.mode === "leading";
    status = { ...status, ...changes };
    if ((status.mode === "leading") !== led) onLead(!led);
  };

  /** One look and what it leads to; true when there is more to read at once. */
  const tick = async (): Promise<boolean> => {
    const lease = await keeper.current();
    if (!lease) return standBy();
    const cursor = await cursorOrFirst(house, rpc, lease, keeper.hold);
    report({ epoch: lease.epoch, cursor: cursor?.height ?? -1, cursorTimestampS: cursor?.timestampS ?? 0 });
    const stopped = cursor && whyStopped(cursor, chain.id);
    report(stopped ? { mode: "stopped", problem: stopped } : { mode: "leading" });
    if (!cursor || stopped) {
      if (cursor && cursor.format > FORMAT) await keeper.retire();
      return false;
    }

    const { found, doubt } = await reader.read(cursor).catch((error: unknown) => stoppedBy(error));
    const { height: head, timestampS: headTimestampS } = found?.head ?? cursor;
    report({ answeredAt: performance.now(), head, headTimestampS, problem: doubt?.why });
    if (doubt) doubted(doubt);
    keeper.answered();
    if (!found || stopping.signal.aborted) return false;
    return write(cursor, found, lease);
  };

  /** Nothing more becomes final: what is said of it is said once for every block. */
  const doubted = ({ why, disagree }: Doubt): void => {
    if (why === lastDoubt) return;
    lastDoubt = why;
    if (disagree) onDisagreement();
    log[disagree ? "error" : "warn"]({ chain: chain.id, why }, "nothing more becomes final");
  };

  /** While another process writes: what it tells of itself. */
  const standBy = async (): Promise<false> => {
    const progress = await db.read(ACTOR, (ctx) => progressOf(ctx, chain.id));
    const stopped = progress && whyStopped(progress, chain.id);
    report({ ...statusFrom(progress), mode: stopped ? "stopped" : "standby", problem: stopped });
    return false;
  };

  /** A chain that leaves ours below what is final, by the word of every node, is not followed until a person decides. */
  const stoppedBy = async (error: unknown): Promise<never> => {
    if (!(error instanceof RpcError) || error.fault !== "forked") throw error;
    const why = error.message;
    await db.write(ACTOR, async (ctx) => {
      await keeper.hold(ctx);
      await stopChain(ctx, chain.id, why);
    });
    log.fatal({ chain: chain.id, why }, "reorganised below what is final: the chain is no longer followed");
    throw error;
  };

  const write = async (cursor: ChainCursor, found: Found, lease: Lease): Promise<boolean> => {
    const applied = await db.write(ACTOR, (ctx) => applyRange(ctx, cursor, found, lease, settings));
    report({ cursor: applied.cursor.height, cursorTimestampS: applied.cursor.timestampS });
    onMoved(applied, lease);
    return applied.cursor.height < found.head.height;
  };

  /** What a failure means for the next look; true when it is to follow at once. */
  const failed = (error: unknown): boolean => {
    if (error instanceof RangeTooLarge) return true;
    // A person's command moved it: what was read is of no use, the lease is still ours.
    if (error instanceof CursorMoved) return false;
    if (error instanceof LeaseLost) {
      keeper.lost();
      report({ mode: "standby" });
      return false;
    }
    report({ problem: error instanceof Error ? error.message : String(error) });
    if (error instanceof RpcError && error.fault === "behind") return false;
    failures += 1;
    if (!stopping.signal.aborted) log.warn({ err: error, failures }, "a look at the chain failed");
    return false;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      waking = new AbortController();
      const before = failures;
      const more = await tick().catch(failed);
      report({ lookedAt: performance.now() });
      if (failures === before) failures = 0;
      if (more) continue;
      const wait = Math.max(0, chain.pollMs - (performance.now() - began)) + backOff(failures);
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      await pause(wait, undefined, { signal }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    status: () => status,
    fence: keeper.hold,
    wake: () => waking.abort(),
    async stop() {
      stopping.abort();
      rpc.close();
      await running;
      await keeper.retire().catch((error: unknown) => log.warn({ err: error }, "the lease runs out by itself"));
      report({ mode: "starting" });
    },
  };
}

/** Nothing, and after failures doubling to 1 s, half of it by chance, in milliseconds. */
function backOff(failures: number): number {
  if (failures === 0) return 0;
  return Math.min(100 * 2 ** Math.min(failures - 1, 10), LONGEST_BACK_OFF_MS) * (0.5 + Math.random() / 2);
}

/** What is written down for the processes that do not ask the nodes. */
const seenBy = ({ head, headTimestampS, answeredAt }: ListenerStatus): Seen | undefined =>
  answeredAt === undefined ? undefined : { head, headTimestampS, answeredAgoMs: performance.now() - answeredAt };

const readCursor = ({ db, config }: House) => db.read(ACTOR, (ctx) => cursorOf(ctx, config.chain.id));

/** The cursor; put before the escrow's first block when there is none yet. */
async function cursorOrFirst(
  house: House,
  rpc: Rpc,
  { chainId, epoch }: Lease,
  fence: (ctx: Context) => Promise<void>,
): Promise<ChainCursor | undefined> {
  const cursor = await readCursor(house);
  if (cursor) return cursor;
  const height = house.config.chain.startBlock - 1;
  const [base] = height < 0 ? [] : await rpc.onOne((ask) => blocksAt(ask, [height]));
  const { hash, timestampS } = base ?? { hash: NO_HASH, timestampS: 0 };
  await house.db.write(ACTOR, async (ctx) => {
    await fence(ctx);
    const heights = { height, confirmedHeight: height, finalizedHeight: height };
    await openCursor(ctx, { chainId, hash, timestampS, epoch, ...heights });
    if (base) {
      const { logsBloom: _, ...block } = base;
      await recordBlocks(ctx, [{ chainId, ...block }]);
    }
  });
  return readCursor(house);
}

/** The parent of block 0. */
const NO_HASH = `0x${"0".repeat(64)}` as const;
