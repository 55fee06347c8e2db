import assert from "node:assert/strict";
import fc from "fast-check";
import { type Hex, zeroAddress, zeroHash } from "viem";
import type { OrderEvent } from "../../../server/protocol/decode.ts";
import { foldAccount, foldOrder, type OrderFold } from "../../../server/protocol/fold.ts";
import { LEG_KIND, type Terms } from "../../../server/protocol/terms.ts";
import { account, amount, NOW_S, order, terms } from "./arbitraries.ts";

const id: Hex = `0x${"ab".repeat(32)}`;
const party = `0x${"11".repeat(20)}` as const;
const DELAY_S = 100;
const agreed: Terms = {
  payer: `0x${"22".repeat(20)}`,
  operator: party,
  token: zeroAddress,
  amount: 10n,
  authorizeBy: NOW_S,
  captureBy: NOW_S,
  releaseDelay: DELAY_S,
  arbiter: zeroAddress,
  rulingTime: 0,
  defaultToPayerPpm: 0,
  flags: 0,
  agreement: zeroHash,
  legs: [{ account: party, share: 1_000_000n, kind: LEG_KIND.merchant }],
  salt: 1n,
};
const instant: Terms = { ...agreed, releaseDelay: 0 };

const authorized = (terms: Terms): OrderEvent => ({ kind: "authorized", id, terms, route: 2 });
const captured = (amount: bigint, releaseAt = NOW_S): OrderEvent => ({ kind: "captured", id, amount, releaseAt });
const released = (amount: bigint): OrderEvent => ({ kind: "released", id, amount });
const voided = (amount: bigint): OrderEvent => ({ kind: "voided", id, amount });
const reclaimed = (amount: bigint): OrderEvent => ({ kind: "reclaimed", id, amount });
const refunded = (amount: bigint): OrderEvent => ({ kind: "refunded", id, amount });
const cancelled: OrderEvent = { kind: "cancelled", id };
const credited = (amount: bigint): OrderEvent => ({ kind: "return_credited", id, amount });

function fold(...events: OrderEvent[]): OrderFold {
  const order = foldOrder(events);
  assert.ok(order);
  return order;
}
const of = (...events: OrderEvent[]) => fold(authorized(agreed), ...events);

describe("foldOrder", () => {
  it("knows nothing of an order without logs", () => assert.equal(foldOrder([]), undefined));

  it("loses and makes no unit, however the order goes", () =>
    fc.assert(
      fc.property(order(), ({ events, agreed }) => {
        for (let length = 1; length <= events.length; length += 1) {
          const order = fold(...events.slice(0, length));
          const back = order.voided + order.reclaimed + order.refunded;
          assert.equal(order.broken, undefined);
          assert.equal(order.held + order.captured + order.released + back, agreed.amount);
          assert.equal(order.returnedPaid + order.returnedCredited, back);
          assert.equal(order.releaseAt > 0, order.captured > 0n);
        }
      }),
    ));

  it("never throws, and stands still where logs cannot follow each other", () => {
    const ids = fc.constantFrom(id, `0x${"cd".repeat(32)}` as const);
    const units = fc.oneof(fc.constant(0n), amount(), fc.constantFrom(1n, 5n, 10n, -1n));
    const event: fc.Arbitrary<OrderEvent> = fc.oneof(
      fc.record({
        kind: fc.constant("authorized" as const),
        id: ids,
        terms: fc.oneof(terms(), fc.constant(agreed)),
        route: fc.nat(9),
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
      fc.record({ kind: fc.constant("cancelled" as const), id: ids }),
    );
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
        const order = fold(...events);
        const back = order.voided + order.reclaimed + order.refunded;
        assert.equal(order.held + order.captured + order.released + back, order.terms?.amount ?? 0n);
        assert.equal(order.returnedPaid + order.returnedCredited, back);
        assert.ok(order.returnedPaid >= 0n && order.returnedCredited >= 0n);
        if (order.broken === undefined) return;
        assert.ok(order.broken.length > 0);
        assert.deepEqual(fold(...events, authorized(agreed)), order);
      }),
      { numRuns: 1_000 },
    );
  });

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

describe("paymentState", () => {
  const states: [string, OrderFold][] = [
    ["authorized", of()],
    ["authorized", of(voided(3n))],
    ["authorized", of(captured(3n), refunded(3n))],
    ["partially_captured", of(captured(3n))],
    ["partially_captured", of(captured(3n), released(3n))],
    ["captured", of(captured(10n))],
    ["captured", of(captured(3n), released(3n), voided(2n), captured(5n))],
    ["released", of(captured(10n), released(10n))],
    ["released", of(captured(10n), refunded(9n), released(1n))],
    ["released", fold(authorized(instant), captured(1n, 0), reclaimed(9n))],
    ["voided", of(voided(10n))],
    ["reclaimed", of(voided(1n), reclaimed(9n))],
    ["refunded", of(captured(1n), refunded(1n), voided(9n))],
    ["pending", fold(captured(1n))],
  ];
  for (const [state, order] of states) {
    const { held, captured, released, voided, reclaimed, refunded } = order;
    it(`is ${state} with ${[held, captured, released, voided, reclaimed, refunded].join("/")} held/captured/released/voided/reclaimed/refunded`, () =>
      assert.equal(order.state, state));
  }
});

describe("foldAccount", () => {
  it("sums withdrawals per account and token, whatever the letters' case", () => {
    const tokens = [zeroAddress, `0x${"Ab".repeat(20)}`, `0x${"aB".repeat(20)}`] as const;
    const withdrawn = (account: 0 | 1, token: 0 | 1 | 2, amount: bigint) =>
      ({
        kind: "withdrawn",
        account: account ? party : agreed.payer,
        token: tokens[token],
        to: party,
        amount,
      }) as const;
    const folds = foldAccount([withdrawn(0, 0, 1n), withdrawn(1, 1, 2n), withdrawn(1, 2, 3n), withdrawn(0, 0, 4n)]);
    assert.deepEqual(
      folds.map((fold) => [fold.account, fold.withdrawn]),
      [
        [agreed.payer, 5n],
        [party, 5n],
      ],
    );
  });

  it("adds up to all that left", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            kind: fc.constant("withdrawn" as const),
            account: account(),
            token: account(),
            to: account(),
            amount: amount(),
          }),
        ),
        (events) => {
          const total = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);
          const folds = foldAccount(events);
          assert.equal(total(folds.map((fold) => fold.withdrawn)), total(events.map((event) => event.amount)));
          assert.equal(new Set(folds.map((fold) => `${fold.account}${fold.token}`)).size, folds.length);
        },
      ),
    ));
});
