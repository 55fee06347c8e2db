import type { Hex } from "viem";
import { decodeLog } from "../../protocol/decode.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";

type Event = ReturnType<typeof decodeLog>;

/** What is decoded of a log, and what makes it that log. */
interface Log {
  readonly blockHash: Hex;
  readonly logIndex: number;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** Logs whose events are kept, the newest: some ten seconds of a busy shop. */
const MOST = 2_000;
const kept = new Map<string, { readonly log: Log; readonly event: Event }>();

/**
 * What a log says. Reading one hashes the terms in it, and an order's logs are folded anew with each that comes or
 * becomes surer; so the newest events are kept. A node that gives another log in its place is not believed to have
 * given the same.
 */
export function eventOf(log: Log & Parameters<typeof decodeLog>[0], domain: EscrowDomain): Event {
  const key = `${domain.chainId}:${domain.escrow}:${log.blockHash}:${log.logIndex}`;
  const known = kept.get(key);
  if (known && known.log.data === log.data && known.log.topics.join() === log.topics.join()) return known.event;
  const event = decodeLog(log, domain);
  const { blockHash, logIndex, topics, data } = log;
  kept.delete(key);
  kept.set(key, { log: { blockHash, logIndex, topics, data }, event });
  const [oldest] = kept.keys();
  if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
  return event;
}
