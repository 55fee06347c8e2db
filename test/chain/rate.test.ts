import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { afterAnswers, afterLimit, type Rate, take, UNLIMITED } from "../../server/chain/rpc/rate.ts";

const MOST_MS = 10_000;
/** Asks for `calls` at `now`. */
const asked = (rate: Rate, calls: number, now: number) => take(rate, calls, now, MOST_MS);

/** A rate that was cut to half of what was used in a second. */
function cutAfter(used: number, now: number): Rate {
  const { rate } = asked(UNLIMITED, used, now);
  return afterLimit(rate, now, now);
}

describe("how often a node is asked", () => {
  it("holds nothing back while the node has not minded", () =>
    fc.assert(
      fc.property(fc.array(fc.nat(5_000)), (batches) => {
        let rate = UNLIMITED;
        for (const calls of batches) {
          const turn = asked(rate, calls, 0);
          equal(turn.waitMs, 0);
          rate = afterAnswers(turn.rate, calls);
        }
      }),
    ));

  it("falls to half of what was asked when the node minds, and by half again when it still does", () => {
    const cut = cutAfter(80, 0);
    equal(cut.perSecond, 40);
    equal(afterLimit(cut, 100, 101).perSecond, 20);
  });

  it("is cut once for requests that were on their way together, and never below one call a second", () => {
    const cut = cutAfter(80, 50);
    equal(afterLimit(cut, 40, 60).perSecond, 40);
    let rate = cut;
    for (let at = 1; at < 20; at += 1) rate = afterLimit(rate, 1_000 * at, 1_000 * at);
    equal(rate.perSecond, 1);
  });

  it("never lets more through than the rate, one second's burst and the batch that is on", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 200 }),
        fc.array(fc.record({ calls: fc.integer({ min: 1, max: 20 }), after: fc.nat(400) }), { maxLength: 60 }),
        (used, batches) => {
          let rate = cutAfter(used, 0);
          const began: { at: number; calls: number }[] = [];
          let now = 0;
          for (const { calls, after } of batches) {
            now += after;
            const turn = asked(rate, calls, now);
            rate = turn.rate;
            now += turn.waitMs;
            began.push({ at: now, calls });
          }
          for (const [first, { at }] of began.entries()) {
            let calls = 0;
            for (const later of began.slice(first)) {
              const most = (rate.perSecond * (later.at - at + 1_000)) / 1_000 + 1e-6;
              ok(calls <= most, `${calls} calls in ${later.at - at} ms at ${rate.perSecond} a second`);
              calls += later.calls;
            }
          }
        },
      ),
    ));

  it("grows by two calls a second in every second that uses all of it", () => {
    let rate = cutAfter(100, 0);
    for (let second = 0; second < 10; second += 1) rate = afterAnswers(rate, Math.round(rate.perSecond));
    ok(rate.perSecond > 69 && rate.perSecond <= 70.1, `${rate.perSecond}`);
  });

  it("makes nobody wait longer than the longest, however much is asked for", () => {
    const { rate } = asked(cutAfter(2, 0), 1_000, 1);
    ok(asked(rate, 1, 2).waitMs <= MOST_MS);
  });
});
