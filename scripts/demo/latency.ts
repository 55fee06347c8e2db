import { setTimeout as pause } from "node:timers/promises";
import type { Hex } from "viem";
import { quantile } from "../audit/onChain.ts";
import type { Latency } from "../audit/report.ts";
import { type ChainClient, receiptOf } from "../client/chain.ts";
import { until } from "../client/until.ts";

/** How often receipts and orders are asked for, in milliseconds. */
const EVERY_MS = 10;

/** A payment that is signed and waits to be sent. */
export interface Ready {
  readonly raw: Hex;
  /** Whether the API shows the payment. */
  readonly isShown: () => Promise<boolean>;
}

/** Sums `samplesOf` up. */
export async function measure(...how: Parameters<typeof samplesOf>): Promise<Latency> {
  const all = await samplesOf(...how);
  return { p50: round(quantile(all, 0.5)), p99: round(quantile(all, 0.99)), samples: all.length };
}

/**
 * Sends payments at random moments, so that none is in step with the server's polling, and measures each: from the
 * receipt, seen by a 10 ms poller, to the first GET with the new state.
 * @param random    0 to 1, of a seed
 * @param spacingMs mean time between two payments
 * @returns milliseconds of each
 */
export async function samplesOf(
  chain: ChainClient,
  payments: readonly Ready[],
  random: () => number,
  spacingMs: number,
): Promise<number[]> {
  const samples: Promise<number>[] = [];
  for (const payment of payments) {
    const hash = await chain.sendRawTransaction({ serializedTransaction: payment.raw });
    samples.push(sample(chain, hash, payment));
    await pause(random() * 2 * spacingMs);
  }
  return Promise.all(samples);
}

async function sample(chain: ChainClient, hash: Hex, { isShown }: Ready): Promise<number> {
  await until(`the receipt of ${hash}`, () => receiptOf(chain, hash), { everyMs: EVERY_MS });
  const seenAt = performance.now();
  await until(`the payment of ${hash} in the API`, isShown, { everyMs: EVERY_MS });
  return performance.now() - seenAt;
}

export const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
