import { setTimeout as pause } from "node:timers/promises";
import { privateKeyToAccount } from "viem/accounts";
import { inBatches } from "../../core/batches.ts";
import type { Context } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import type { Metrics } from "../../core/metrics.ts";
import type { TaskHandler } from "../../core/tasks.ts";
import type { Rpc } from "../rpc/pool.ts";
import { hex } from "../rpc/read.ts";
import { dispatch } from "./dispatch.ts";
import { JOBS, type JobKind } from "./jobs/index.ts";
import { operatorMetrics } from "./metrics.ts";
import { track } from "./tracker.ts";

/** The key that relays, captures, voids and refunds for the house, and its transactions on their way. */
export interface Operator {
  /** Of the tasks `operator.*`; jobs that are handled at the same time are done together. */
  readonly handlers: Record<JobKind, TaskHandler>;
  /** Looks after the open transactions at once, when this process leads. */
  wake(): void;
  /** Whether this process looks after them. */
  lead(leads: boolean): void;
  stop(): Promise<void>;
}

export interface OperatorOptions {
  readonly rpc: Rpc;
  /** In the open transaction: keeps every other process from looking after transactions meanwhile, or throws. */
  readonly fence: (ctx: Context) => Promise<void>;
  /** Told when transactions went out, so that somebody looks for their blocks. */
  readonly onSent: () => void;
  /** Told of every transaction that came to another state. */
  readonly onSettled: (state: string) => void;
  readonly metrics?: Metrics | undefined;
}

/** How often open transactions are looked at when no new block wakes it, in milliseconds. */
const LOOK_MS = 1_000;
/** How long a burst of blocks gathers for one look, in milliseconds. */
const GATHER_MS = 100;
/** How often the key's balance is asked for, in milliseconds. */
const PURSE_MS = 30_000;
/** Most jobs of one round: as many transactions as one request to a node takes. */
export const MOST_JOBS = 50;

/** What an account has, in wei. */
const balanceOf = (rpc: Rpc, address: string): Promise<bigint> =>
  rpc.onOne(async (ask) => {
    const [wei] = await ask([{ method: "eth_getBalance", params: [address, "latest"] }]);
    return BigInt(hex(wei));
  });

/** Starts the operator. Its handlers work in every process; open transactions are looked after by the one that leads. */
export function startOperator(house: House, { rpc, fence, onSent, onSettled, metrics }: OperatorOptions): Operator {
  const { chain } = house.config;
  const account = privateKeyToAccount(chain.operatorKey);
  const sender = { db: house.db, clock: house.clock, rpc, account, chainId: chain.id };
  const counts = operatorMetrics(house, metrics);
  const bounds = { cap: chain.maxFeePerGas, replaceAfterMs: chain.replaceAfterMs };
  let leads = false;
  let stopped = false;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let timer: NodeJS.Timeout | undefined;
  let sendingSince: number | undefined;

  const whileSending = async <T>(work: () => Promise<T>): Promise<T> => {
    sendingSince = house.clock.now();
    try {
      return await work();
    } finally {
      sendingSince = undefined;
    }
  };
  let weighedAt = Number.NEGATIVE_INFINITY;
  const weighPurse = async (): Promise<void> => {
    if (metrics === undefined || performance.now() - weighedAt < PURSE_MS) return;
    weighedAt = performance.now();
    counts.balance(await balanceOf(rpc, account.address));
  };
  const look = async (): Promise<void> => {
    do {
      lookAgain = false;
      await track(house, {
        ...{ ...sender, ...bounds, fence, sendingSince: () => sendingSince, onSettled, onUnstuck: counts.unstuck },
      });
      await weighPurse();
      if (lookAgain && !stopped) await pause(GATHER_MS);
    } while (lookAgain && leads && !stopped);
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (!leads || stopped) return;
    lookAgain = true;
    looking ??= look()
      .catch((error: unknown) => {
        if (!stopped) house.log.warn({ err: error }, "looking after our transactions failed");
      })
      .finally(() => {
        looking = undefined;
        clearTimeout(timer);
        if (leads && !stopped) timer = setTimeout(wake, LOOK_MS);
      });
  };
  const told = (): void => {
    onSent();
    wake();
  };
  const handle = inBatches(MOST_JOBS, (tasks: Parameters<typeof dispatch>[2]) =>
    dispatch(house, { ...sender, whileSending, onSent: told, onCapped: counts.capped }, tasks),
  );

  return {
    handlers: Object.fromEntries(Object.keys(JOBS).map((kind) => [kind, handle])) as Record<JobKind, TaskHandler>,
    wake,
    lead: (now) => {
      leads = now;
      wake();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
