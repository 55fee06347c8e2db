import { privateKeyToAccount } from "viem/accounts";
import type { House } from "../../core/house.ts";
import type { TaskHandler } from "../../core/tasks.ts";
import type { Rpc } from "../rpc/pool.ts";
import { operatorHandlers } from "./handlers.ts";
import type { JobKind } from "./jobs.ts";
import { track } from "./tracker.ts";

/** The key that relays, captures, voids and refunds for the house, and its transactions on their way. */
export interface Operator {
  readonly handlers: Record<JobKind, TaskHandler>;
  /** Looks after the open transactions at once, when this process leads. */
  wake(): void;
  /** Whether this process looks after them. */
  lead(leads: boolean): void;
  stop(): Promise<void>;
}

export interface OperatorOptions {
  readonly rpc: Rpc;
  /** Told when a transaction went out, so that somebody looks for its block. */
  readonly onSent: () => void;
  /** Told of every transaction that came to another state. */
  readonly onSettled: (state: string) => void;
}

/** How often open transactions are looked at when no new block wakes it, in milliseconds. */
const LOOK_MS = 1_000;

/** Starts the operator. Its handlers work in every process; open transactions are looked after by the one that leads. */
export function startOperator(house: House, { rpc, onSent, onSettled }: OperatorOptions): Operator {
  const sender = {
    db: house.db,
    clock: house.clock,
    rpc,
    account: privateKeyToAccount(house.config.chain.operatorKey),
  };
  let leads = false;
  let stopped = false;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    do {
      lookAgain = false;
      await track(house, { ...sender, onSettled });
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

  return {
    handlers: operatorHandlers(house, {
      ...sender,
      onSent: () => {
        onSent();
        wake();
      },
    }),
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
