import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { afterFailure, afterSuccess, type Breaker, breakerState, CLOSED } from "../../server/chain/rpc/breaker.ts";

const LONGEST_MS = 10_000;

/** A failure of what was asked at `now`. */
const failure = (now: number, more: { wantedMs?: number; chance?: number; askedAt?: number } = {}) => ({
  ...{ now, askedAt: now, longestMs: LONGEST_MS, wantedMs: 0, chance: 0.5 },
  ...more,
});

describe("the breaker of a node", () => {
  it("is closed, open after a failure, half-open after its rest, and closed by an answer", () => {
    const open = afterFailure(CLOSED, failure(1_000));
    equal(breakerState(CLOSED, 1_000), "closed");
    equal(breakerState(open, 1_100), "open");
    equal(breakerState(open, 1_251), "half_open");
    equal(breakerState(afterSuccess(open, 1_251), 1_252), "closed");
  });

  it("rests twice as long every time, never longer than the longest, and half of it by chance", () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 24 }), (chances) => {
        let breaker: Breaker = CLOSED;
        let now = 0;
        for (const [failed, chance] of chances.entries()) {
          breaker = afterFailure(breaker, failure(now, { chance }));
          const full = Math.min(250 * 2 ** failed, LONGEST_MS);
          const rest = breaker.until - now;
          ok(rest >= full / 2 - 1e-6 && rest <= full + 1e-6, `${rest} after ${failed} failures`);
          now = breaker.until;
        }
      }),
    ));

  it("leaves the node alone for as long as that wants, but not beyond the longest", () => {
    equal(afterFailure(CLOSED, failure(0, { wantedMs: 3_000 })).until, 3_000);
    equal(afterFailure(CLOSED, failure(0, { wantedMs: 3_600_000 })).until, LONGEST_MS);
  });

  it("takes requests that fail together for one failure", () => {
    const open = afterFailure(CLOSED, failure(1_000, { askedAt: 500 }));
    deepEqual(afterFailure(open, failure(1_001, { askedAt: 500 })), open);
    equal(afterFailure(open, failure(2_001, { askedAt: 2_000 })).failures, 2);
  });

  it("does not take an answer to what was asked before the failure for health", () => {
    const open = afterFailure(CLOSED, failure(1_000, { askedAt: 900 }));
    deepEqual(afterSuccess(open, 950), open);
  });
});
