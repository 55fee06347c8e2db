import { setTimeout as pause } from "node:timers/promises";
import type { AskEach } from "./endpoint.ts";
import { RpcError } from "./errors.ts";
import { afterAnswers, afterLimit, type Rate, take, UNLIMITED } from "./rate.ts";

/** A node that is asked no more often than it lets itself be. */
export interface Paced {
  readonly each: AskEach;
  /** Calls a second; infinite until the node first minds. */
  perSecond(): number;
}

export interface PacedOptions {
  /** Ends waiting. */
  readonly stopped: AbortSignal;
  /** The longest to wait before asking, in milliseconds. */
  readonly mostMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** Holds back what `each` asks while the node says that it is too often. */
export function paced(each: AskEach, { stopped, mostMs, now }: PacedOptions): Paced {
  let rate: Rate = UNLIMITED;
  return {
    perSecond: () => rate.perSecond,
    each: async (calls) => {
      const turn = take(rate, calls.length, now(), mostMs);
      rate = turn.rate;
      if (turn.waitMs > 0) await waited(turn.waitMs, stopped);
      const askedAt = now();
      const limited = (answer: unknown) => answer instanceof RpcError && answer.fault === "limited";
      try {
        const answers = await each(calls);
        rate = answers.some(limited) ? afterLimit(rate, askedAt, now()) : afterAnswers(rate, calls.length);
        return answers;
      } catch (error) {
        if (limited(error)) rate = afterLimit(rate, askedAt, now());
        throw error;
      }
    },
  };
}

async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    throw new RpcError("unreachable", "stopped while it waited to ask a node", { cause: error });
  });
}
