import assert from "node:assert/strict";
import fc from "fast-check";
import { zeroHash } from "viem";
import type { OrderEvent } from "../../../server/protocol/decode.ts";
import { foldOn, foldOrder, type OrderFold, returnedBeforeRelease } from "../../../server/protocol/fold.ts";
import { amount, NOW_S } from "./arbitraries.ts";
import { order } from "./histories.ts";
import {
  agreed,
  authorized,
  cancelled,
  captured,
  credited,
  disputed,
  fold,
  id,
  instant,
  judged,
  judging,
  of,
  reclaimed,
  refunded,
  refundedReleased,
  released,
  resolved,
  voided,
} from "./orderEvents.ts";

/** Nothing is lost or made: what the terms say is somewhere, and what went back went to the wallet or the credit. */
function assertWhole(order: OrderFold): void {
  const { held, captured, disputed, released, refundedReleased, returnedPaid, returnedCredited } = order;
  const before = returnedBeforeRelease(order);
  assert.equal(held + captured + disputed + released + before, order.terms?.amount ?? 0n);
  assert.equal(returnedPaid + returnedCredited, before + refundedReleased);
  assert.ok(refundedReleased <= released && order.refundedFromCredit <= refundedReleased);
  assert.ok([held, captured, disputed, released, returnedPaid, returnedCredited].every((units) => units >= 0n));
  assert.equal(order.releaseAt > 0, captured > 0n);
  assert.equal(order.rulingBy > 0, disputed > 0n);
}

/** Events as no contract would send them, of two orders. */
function anyEvents(): fc.Arbitrary<OrderEvent[]> {
  const ids = fc.constantFrom(id, `0x${"cd".repeat(32)}` as const);
  const units = fc.oneof(fc.constant(0n), amount(), fc.constantFrom(1n, 5n, 10n, -1n));
  const event: fc.Arbitrary<OrderEvent> = fc.oneof(
    fc.record({
      kind: fc.constant("authorized" as const),
      id: ids,
      terms: fc.constantFrom(agreed, judged, instant),
      route: fc.constantFrom(2, 4, 4, 1),
    }),
    fc.record({
      kind: fc.constant("captured" as const),
      id: ids,
      amount: units,
      releaseAt: fc.constantFrom(0, NOW_S),
    }),
    fc.record({ kind: fc.constant("released" as const), id: ids, amount: units }),
    fc.record({
      kind: fc.constantFrom(...(["voided", "reclaimed", "refunded", "return_credited"] as const)),
      id: ids,
      amount: units,
    }),
    fc.record({
      ...{ kind: fc.constant("disputed" as const), id: ids, amount: units, round: fc.nat(3) },
      ...{ rulingBy: fc.constantFrom(0, NOW_S), evidence: ids },
    }),
    fc.record({
      ...{ kind: fc.constant("resolved" as const), id: ids, round: fc.nat(3), by: fc.nat(5) },
      ...{ toPayer: units, toLegs: units },
    }),
    fc.record({ kind: fc.constant("refunded_released" as const), id: ids, amount: units, fromCredit: units }),
    fc.record({ kind: fc.constant("cancelled" as const), id: ids }),
  );
  return fc.array(event, { minLength: 1, maxLength: 12 });
}

describe("foldOrder", () => {
  it("knows nothing of an order without logs", () => assert.equal(foldOrder([]), undefined));

  it("loses and makes no unit, however the order goes", () =>
    fc.assert(
      fc.property(order(), ({ events, agreed }) => {
        for (let length = 1; length <= events.length; length += 1) {
          const order = fold(...events.slice(0, length));
          assert.equal(order.broken, undefined);
          assert.equal(order.terms, agreed);
          assertWhole(order);
        }
      }),
    ));

  it("never throws, and stands still where logs cannot follow each other", () => {
    fc.assert(
      fc.property(anyEvents(), (events) => {
        const order = fold(...events);
        assertWhole(order);
        if (order.broken === undefined) return;
        assert.ok(order.broken.length > 0);
        assert.deepEqual(fold(...events, authorized(agreed)), order);
      }),
      { numRuns: 1_000 },
    );
  });

  it("comes to the same when it goes on from earlier logs", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          order().map(({ events }) => events),
          anyEvents(),
        ),
        fc.nat(12),
        (events, cut) => {
          const earlier = foldOrder(events.slice(0, cut));
          assert.deepEqual(foldOn(earlier, events.slice(cut)), foldOrder(events));
        },
      ),
      { numRuns: 1_000 },
    ));

  it("walks the life of an order", () => {
    assert.partialDeepStrictEqual(of(), { held: 10n, route: 2, state: "authorized", terms: agreed, broken: undefined });
    assert.partialDeepStrictEqual(of(captured(4n)), {
      held: 6n,
      captured: 4n,
      releaseAt: NOW_S,
      state: "partially_captured",
    });
    const matured = of(captured(4n, NOW_S), released(4n), captured(6n, NOW_S + 9));
    assert.partialDeepStrictEqual(matured, { captured: 6n, released: 4n, releaseAt: NOW_S + 9, state: "captured" });
    assert.partialDeepStrictEqual(of(captured(4n), captured(6n, NOW_S + 9)), { captured: 10n, releaseAt: NOW_S + 9 });
    assert.partialDeepStrictEqual(of(captured(10n), released(10n)), { released: 10n, releaseAt: 0, state: "released" });
    assert.partialDeepStrictEqual(of(captured(10n), refunded(3n)), { captured: 7n, refunded: 3n, releaseAt: NOW_S });
  });

  it("releases a capture at once where the terms have no delay", () => {
    const order = fold(authorized(instant), captured(4n, 0));
    assert.partialDeepStrictEqual(order, { held: 6n, captured: 0n, released: 4n, releaseAt: 0 });
  });

  it("tells what was paid back from what became credit", () => {
    const order = of(voided(1n), voided(2n), credited(2n), captured(4n), refunded(4n), credited(4n), reclaimed(3n));
    assert.partialDeepStrictEqual(order, { voided: 3n, refunded: 4n, reclaimed: 3n });
    assert.partialDeepStrictEqual(order, { returnedPaid: 4n, returnedCredited: 6n, releaseAt: 0, held: 0n });
  });

  it("takes what is disputed out of what waits, until the dispute ends", () => {
    const open = judging(captured(10n), disputed(4n));
    assert.partialDeepStrictEqual(open, {
      captured: 6n,
      releaseAt: NOW_S,
      disputed: 4n,
      rulingBy: NOW_S + 9,
      round: 1,
    });
    const all = judging(captured(10n), disputed(10n));
    assert.partialDeepStrictEqual(all, { captured: 0n, releaseAt: 0, disputed: 10n, state: "disputed" });
    const ruled = judging(captured(10n), disputed(4n), resolved(1n, 3n));
    assert.partialDeepStrictEqual(ruled, { captured: 6n, releaseAt: NOW_S, disputed: 0n, rulingBy: 0, round: 1 });
    assert.partialDeepStrictEqual(ruled, { released: 3n, resolvedToPayer: 1n, returnedPaid: 1n, returnedCredited: 0n });
    const again = judging(captured(10n), disputed(4n), resolved(0n, 4n, 1), disputed(2n, 2), resolved(2n, 0n, 2, 2));
    assert.partialDeepStrictEqual(again, { captured: 4n, released: 4n, resolvedToPayer: 2n, round: 2 });
    const silent = judging(captured(10n), disputed(7n), resolved(1n, 6n, 4), credited(1n));
    assert.partialDeepStrictEqual(silent, {
      released: 6n,
      resolvedToPayer: 1n,
      returnedPaid: 0n,
      returnedCredited: 1n,
    });
  });

  it("keeps what was released as released, whatever the merchant gave back of it", () => {
    const order = fold(
      authorized(instant),
      captured(10n, 0),
      refundedReleased(3n, 1n),
      refundedReleased(2n),
      credited(2n),
    );
    assert.partialDeepStrictEqual(order, { released: 10n, refundedReleased: 5n, refundedFromCredit: 1n });
    assert.partialDeepStrictEqual(order, { returnedPaid: 3n, returnedCredited: 2n, state: "released" });
  });

  it("ends with the cancelling of terms nobody had paid", () => {
    const order = fold(cancelled);
    assert.partialDeepStrictEqual(order, { state: "cancelled", cancelled: true, terms: undefined, broken: undefined });
    assert.partialDeepStrictEqual(order, { held: 0n, captured: 0n, released: 0n, returnedPaid: 0n });
  });

  const impossible: [string, OrderEvent[], RegExp][] = [
    ["a capture before the authorization", [captured(1n)], /captured before authorized/],
    ["a second authorization", [authorized(agreed), authorized(agreed)], /authorized twice/],
    ["another order's log", [authorized(agreed), { ...voided(1n), id: zeroHash }], /another order/],
    ["nothing moved", [authorized(agreed), voided(0n)], /voided 0/],
    ["more captured than held", [authorized(agreed), captured(11n)], /captured 11 of 10 held/],
    ["a capture at once despite a delay", [authorized(agreed), captured(1n, 0)], /delay is 100 s/],
    ["a capture that waits despite no delay", [authorized(instant), captured(1n)], /delay is 0 s/],
    ["a release of a part", [authorized(agreed), captured(2n), released(1n)], /released 1 of 2 captured/],
    ["a release of nothing", [authorized(agreed), released(1n)], /released 1 of 0 captured/],
    ["more voided than held", [authorized(agreed), captured(9n), voided(2n)], /voided 2 of 1 held/],
    ["a reclaim of a part", [authorized(agreed), reclaimed(9n)], /reclaimed 9 of 10 held/],
    ["more refunded than captured", [authorized(agreed), captured(1n), refunded(2n)], /refunded 2 of 1 captured/],
    ["a credit of what did not go back", [authorized(agreed), credited(1n)], /return_credited 1 of 0 returned/],
    ["more credited than went back", [authorized(agreed), voided(2n), credited(3n)], /return_credited 3 of 2 returned/],
    ["a cancelling of paid terms", [authorized(agreed), cancelled], /cancelled after authorized/],
    ["a payment of cancelled terms", [cancelled, authorized(agreed)], /authorized after cancelled/],
    ["a second cancelling", [cancelled, cancelled], /cancelled after cancelled/],
    ["a dispute that nobody can rule", [authorized(agreed), captured(1n), disputed(1n)], /without an arbiter/],
    ["more disputed than captured", [authorized(judged), captured(1n), disputed(2n)], /disputed 2 of 1 captured/],
    ["a skipped round", [authorized(judged), captured(2n), disputed(1n, 2)], /disputed in round 2 after 0/],
    ["a second dispute", [authorized(judged), captured(2n), disputed(1n), disputed(1n, 2)], /dispute 1 is open/],
    ["a dispute without time", [authorized(judged), captured(2n), disputed(1n, 1, 0)], /no time to rule/],
    ["an end of no dispute", [authorized(judged), captured(2n), resolved(1n, 1n)], /resolved without a dispute/],
    [
      "an end of another round",
      [authorized(judged), captured(2n), disputed(2n), resolved(1n, 1n, 3, 2)],
      /round 2 in round 1/,
    ],
    ["a part resolved", [authorized(judged), captured(2n), disputed(2n), resolved(1n, 0n)], /1 and 0 of 2 disputed/],
    [
      "an end below zero",
      [authorized(judged), captured(2n), disputed(2n), resolved(-1n, 3n)],
      /-1 and 3 of 2 disputed/,
    ],
    [
      "a payer who gave in and took",
      [authorized(judged), captured(2n), disputed(2n), resolved(1n, 1n, 1)],
      /to the payer by 1/,
    ],
    ["a merchant who gave in and kept", [authorized(judged), captured(2n), disputed(2n), resolved(1n, 1n, 2)], /by 2/],
    ["a silence against the terms", [authorized(judged), captured(4n), disputed(4n), resolved(2n, 2n, 4)], /by 4/],
    ["an end by nobody known", [authorized(judged), captured(2n), disputed(2n), resolved(1n, 1n, 5)], /by 5/],
    ["more given back than released", [authorized(instant), captured(3n, 0), refundedReleased(4n)], /4 of 3 released/],
    [
      "more from credit than given back",
      [authorized(instant), captured(3n, 0), refundedReleased(1n, 2n)],
      /1 with 2 from credit/,
    ],
    [
      "given back twice",
      [authorized(instant), captured(3n, 0), refundedReleased(2n), refundedReleased(2n)],
      /2 of 1 released/,
    ],
    ["ETH by an allowance", [{ kind: "authorized", id, terms: agreed, route: 1 }], /by route 1/],
    ["an unknown route", [{ kind: "authorized", id, terms: agreed, route: 5 }], /by route 5/],
    ["terms nobody can pay", [authorized({ ...agreed, amount: 0n })], /AmountZero/],
    ["terms without legs", [authorized({ ...agreed, legs: [] })], /LegCountOutOfRange/],
  ];
  for (const [what, events, reason] of impossible) {
    it(`is broken by ${what}, and stands as before it`, () => {
      const order = fold(...events, released(1n));
      assert.match(order.broken ?? "", reason);
      const before = foldOrder(events.slice(0, -1));
      if (before) assert.deepEqual({ ...order, broken: undefined }, before);
    });
  }
});
