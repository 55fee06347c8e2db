import { setTimeout as pause } from "node:timers/promises";
import type { Address, Hex } from "viem";
import { escrowAbi } from "../../server/protocol/abi.ts";
import { quantile } from "../audit/onChain.ts";
import type { Latency } from "../audit/report.ts";
import type { ChainClient } from "../client/chain.ts";

/** How often chain and server are looked at, in milliseconds. */
const EVERY_MS = 100;
/** For so long somebody waits for an event, in milliseconds; what a killed server had begun is taken over before. */
const PATIENCE_MS = 180_000;

/** What happens to an order on the chain. */
export type OrderEvent = "Authorized" | "Captured" | "Released" | "Voided" | "Refunded";
/** What happens to an agreement, or to the credit of an account. */
type OtherEvent = "AgreementActivated" | "Withdrawn";

/** Knows what is on the chain, and how far the server has booked it. */
export interface Horizon {
  /** Settles when the server has booked an event. @param id the chain's name of the order or agreement; the account */
  booked(id: Hex, event: OrderEvent | OtherEvent): Promise<void>;
  /** When the last event so far was seen to be booked, by `performance.now()`. */
  readonly lastBookedAt: number;
  /** From seeing an event on the chain to seeing it booked; each is looked for every 100 ms. */
  latency(): Latency;
  stop(): Promise<void>;
}

interface Sighting {
  readonly height: bigint;
  readonly seenAt: number;
}

/**
 * Looks at the chain's events and the server's cursor for everybody at once, so that thousands of orders need not each
 * ask the server time and again how far they are.
 * @param origin of the server; when it does not answer, its cursor stays where it was
 */
export function watchHorizon(chain: ChainClient, escrow: Address, startBlock: number, origin: string): Horizon {
  const unbooked: (Sighting & { readonly key: string })[] = [];
  const bookedKeys = new Set<string>();
  const waiting = new Map<string, () => void>();
  const samples: number[] = [];
  let from = BigInt(startBlock);
  let cursor = -1n;
  let lastBookedAt = 0;
  let stopped = false;
  let unread: unknown;

  const lookAtChain = async () => {
    const tip = await chain.getBlockNumber();
    if (tip < from) return;
    const logs = await chain.getContractEvents({ address: escrow, abi: escrowAbi, fromBlock: from, toBlock: tip });
    const seenAt = performance.now();
    for (const { eventName, args, blockNumber } of logs) {
      const id = "id" in args ? args.id : "account" in args ? args.account : undefined;
      unbooked.push({ key: `${eventName} ${id}`, height: blockNumber, seenAt });
    }
    from = tip + 1n;
  };
  const settle = () => {
    const now = performance.now();
    while (unbooked[0] && unbooked[0].height <= cursor) {
      const { key, seenAt } = unbooked.shift() as (typeof unbooked)[number];
      bookedKeys.add(key);
      waiting.get(key)?.();
      waiting.delete(key);
      samples.push(now - seenAt);
      lastBookedAt = now;
    }
  };
  const look = async () => {
    while (!stopped) {
      await Promise.all([
        lookAtChain(),
        cursorOf(origin).then(
          (height) => {
            cursor = height;
            unread = undefined;
          },
          (error: unknown) => {
            unread = error;
          },
        ),
      ]);
      settle();
      await pause(EVERY_MS);
    }
  };
  const looking = look();
  looking.catch(() => undefined);

  return {
    booked: async (id, event) => {
      const key = `${event} ${id}`;
      if (bookedKeys.has(key)) return;
      const why = () => (unread instanceof Error ? `: ${unread.message}` : "");
      await inTime(`${event} of ${id}`, why, looking, (settled) => waiting.set(key, settled));
    },
    get lastBookedAt() {
      return lastBookedAt;
    },
    latency: () => ({
      p50: Math.round(quantile(samples, 0.5)),
      p99: Math.round(quantile(samples, 0.99)),
      samples: samples.length,
    }),
    stop: async () => {
      stopped = true;
      await looking.catch(() => undefined);
    },
  };
}

/** Height of the last block that is in the server's tables, with everything it brought. */
async function cursorOf(origin: string): Promise<bigint> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const [, height] = /^tributary_chain_cursor\{chain="\d+"\} (\d+)$/m.exec(text) ?? [];
  if (height === undefined) throw new Error("the server's metrics have no cursor");
  return BigInt(height);
}

/**
 * Waits for what `begin` is to settle, not for ever, and not when the looking itself has failed.
 * @param why the cursor could not be read, when it could not; with a colon before it
 */
function inTime(
  what: string,
  why: () => string,
  looking: Promise<void>,
  begin: (settled: () => void) => unknown,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`waited ${PATIENCE_MS / 1_000} s in vain for ${what}${why()}`));
    const timer = setTimeout(late, PATIENCE_MS);
    looking.catch(reject);
    begin(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
