/**
 * How often a node lets itself be asked, found out by asking: additive increase, multiplicative decrease. Nothing is
 * held back until a node first says that it is asked too often. Times are milliseconds of a clock that only goes
 * forward.
 */
export interface Rate {
  /** Calls a second; infinite until the node first minds. */
  readonly perSecond: number;
  /** When the calls that were let through so far are paid for, at that rate. */
  readonly paidAt: number;
  /** When it was last cut. */
  readonly cutAt: number;
  /** Calls of the second that is running, and of the one before it. */
  readonly second: { readonly began: number; readonly calls: number; readonly before: number };
}

/** A node that never minded. */
export const UNLIMITED: Rate = {
  perSecond: Number.POSITIVE_INFINITY,
  paidAt: Number.NEGATIVE_INFINITY,
  cutAt: Number.NEGATIVE_INFINITY,
  second: { began: 0, calls: 0, before: 0 },
};

const LEAST_PER_SECOND = 1;
/** How much the rate grows in a second in which all of it is used, in calls a second. */
const GROWTH = 2;
/** What was not used in so much time may be used at once. */
const BURST_MS = 1_000;

/**
 * Lets `calls` through.
 * @param mostMs the longest to wait, however many calls there are
 * @returns the rate after it, and how long to wait before asking
 */
export function take(rate: Rate, calls: number, now: number, mostMs: number): { rate: Rate; waitMs: number } {
  const second = counted(rate.second, calls, now);
  if (rate.perSecond === Number.POSITIVE_INFINITY) return { rate: { ...rate, second }, waitMs: 0 };
  const from = Math.max(rate.paidAt, now - BURST_MS);
  const paidAt = Math.min(from + (calls * 1_000) / rate.perSecond, now + mostMs);
  return { rate: { ...rate, second, paidAt }, waitMs: Math.max(0, from - now) };
}

function counted(second: Rate["second"], calls: number, now: number): Rate["second"] {
  const ago = now - second.began;
  if (ago < 1_000) return { ...second, calls: second.calls + calls };
  return { began: now, calls, before: ago < 2_000 ? second.calls : 0 };
}

/** After the node said that it is asked too often; what was asked before the last cut does not cut again. */
export function afterLimit(rate: Rate, askedAt: number, now: number): Rate {
  if (askedAt < rate.cutAt) return rate;
  const { calls, before } = rate.second;
  const used = rate.perSecond === Number.POSITIVE_INFINITY ? Math.max(calls, before) : rate.perSecond;
  return { ...rate, perSecond: Math.max(LEAST_PER_SECOND, used / 2), cutAt: now, paidAt: Math.max(rate.paidAt, now) };
}

/** After good answers to `calls`. */
export const afterAnswers = (rate: Rate, calls: number): Rate =>
  rate.perSecond === Number.POSITIVE_INFINITY
    ? rate
    : { ...rate, perSecond: rate.perSecond + (GROWTH * calls) / rate.perSecond };
