/** What is known of a node's health. All times are milliseconds of one clock that only goes forward. */
export interface Breaker {
  /** Failures since it last did what it was asked. */
  readonly failures: number;
  /** When the last of them counted. */
  readonly openedAt: number;
  /** Until when it is left alone. */
  readonly until: number;
}

/** closed: it is asked. open: it is left alone. half_open: it is asked who it is, once, before anything else. */
export type BreakerState = "closed" | "open" | "half_open";

/** A node that has not failed. */
export const CLOSED: Breaker = { failures: 0, openedAt: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

/** The first rest; each further one is twice as long. */
const FIRST_REST_MS = 250;

export function breakerState({ failures, until }: Breaker, nowMs: number): BreakerState {
  if (failures === 0) return "closed";
  return nowMs < until ? "open" : "half_open";
}

/** How a failure came about. */
export interface Failure {
  /** When the node was asked. */
  readonly askedAt: number;
  readonly now: number;
  /** The longest it is left alone. */
  readonly longestMs: number;
  /** How long the node itself wants to be left alone; not beyond the longest. */
  readonly wantedMs: number;
  /** From 0 to 1: where in the second half of the rest it ends, so that many servers do not come back at once. */
  readonly chance: number;
}

/** After a failure. Requests that were on their way together and fail together are one failure. */
export function afterFailure(breaker: Breaker, { askedAt, now, longestMs, wantedMs, chance }: Failure): Breaker {
  if (askedAt < breaker.openedAt) return breaker;
  const full = Math.min(FIRST_REST_MS * 2 ** Math.min(breaker.failures, 16), longestMs);
  const rest = Math.max(full * (0.5 + chance / 2), Math.min(wantedMs, longestMs));
  return { failures: breaker.failures + 1, openedAt: now, until: now + rest };
}

/** After work that was done. What was asked before a failure says nothing of the time after it. */
export const afterSuccess = (breaker: Breaker, askedAt: number): Breaker =>
  askedAt < breaker.openedAt ? breaker : CLOSED;
