import assert from "node:assert/strict";
import fc from "fast-check";
import { earned } from "../../../server/protocol/split.ts";
import { FIXED, isFixed, LEG_KIND, type Leg } from "../../../server/protocol/terms.ts";
import { amount, legs } from "./arbitraries.ts";

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const at = (values: readonly bigint[], index: number): bigint => values[index] ?? 0n;
const minus = (after: readonly bigint[], before: readonly bigint[]) =>
  after.map((value, leg) => value - at(before, leg));

/** An order's amount, its legs, and how far it was released step by step. */
const slices = () =>
  amount().chain((total) =>
    fc.record({
      total: fc.constant(total),
      legs: legs(total),
      steps: fc
        .array(fc.bigInt({ min: 0n, max: total }), { maxLength: 12 })
        .map((cuts) => [...cuts, total].sort((a, b) => (a < b ? -1 : Number(a > b)))),
    }),
  );

const ppmLegs = (merchant: bigint, ...others: bigint[]): Leg[] =>
  [merchant, ...others].map((share, index) => ({
    account: `0x${(index + 1).toString(16).padStart(40, "0")}`,
    share,
    kind: index === 0 ? LEG_KIND.merchant : LEG_KIND.channel,
  }));

describe("split", () => {
  it("never takes back what a leg has earned, and sums to what was released", () =>
    fc.assert(
      fc.property(slices(), ({ legs, steps }) => {
        let before = earned(0n, legs);
        for (const released of steps) {
          const after = earned(released, legs);
          assert.ok(minus(after, before).every((credit) => credit >= 0n));
          assert.equal(sum(after), released);
          before = after;
        }
      }),
    ));

  it("any slicing equals one shot", () =>
    fc.assert(
      fc.property(slices(), ({ total, legs, steps }) => {
        const credits = steps.map((released, step) => minus(earned(released, legs), earned(at(steps, step - 1), legs)));
        const summed = legs.map((_, leg) => sum(credits.map((credit) => at(credit, leg))));
        assert.deepEqual(summed, earned(total, legs));
      }),
    ));

  it("ten legs released unit by unit end as one shot, none ever above its share plus the number of legs", () => {
    const ten = ppmLegs(100_000n, ...Array.from({ length: 9 }, () => 100_000n));
    let before = earned(0n, ten);
    for (let released = 1n; released <= 1_000n; released += 1n) {
      const after = earned(released, ten);
      assert.equal(minus(after, before).filter((credit) => credit !== 0n).length, 1);
      for (const part of after) assert.ok(part * 10n <= released + 90n && part * 10n > released - 100n);
      before = after;
    }
    assert.deepEqual(
      before,
      Array.from({ length: 10 }, () => 100n),
    );
  });

  it("gives a ppm leg its share of what fixed legs leave, but for fewer base units than there are legs", () =>
    fc.assert(
      fc.property(slices(), ({ total, legs }) => {
        const parts = earned(total, legs);
        const shared = total - sum(parts.filter((_, index) => legs[index] && isFixed(legs[index])));
        for (const [index, leg] of legs.entries()) {
          if (isFixed(leg)) continue;
          const off = at(parts, index) * 1_000_000n - shared * leg.share;
          const bound = BigInt(legs.length) * 1_000_000n;
          assert.ok(off < bound && -off < bound, `${leg.share} ppm of ${shared} became ${at(parts, index)}`);
        }
      }),
    ));

  it("fills fixed legs first, in order", () => {
    const [merchant, ...others] = ppmLegs(900_000n, 10n, 20n, 100_000n);
    assert.ok(merchant);
    const order = [merchant, ...others.map((leg, index) => (index < 2 ? { ...leg, kind: leg.kind | FIXED } : leg))];
    assert.deepEqual(earned(4n, order), [0n, 4n, 0n, 0n]);
    assert.deepEqual(earned(15n, order), [0n, 10n, 5n, 0n]);
    assert.deepEqual(earned(130n, order), [90n, 10n, 20n, 10n]);
  });

  it("85/5/5/5 released 19 then 1: the naive rule takes back from the merchant, ours does not", () => {
    const order = ppmLegs(850_000n, 50_000n, 50_000n, 50_000n);
    const naive = (released: bigint) => order.slice(1).map((leg) => (released * leg.share) / 1_000_000n);
    const merchantNaive = 1n - sum(minus(naive(20n), naive(19n)));
    assert.equal(merchantNaive, -2n);
    assert.deepEqual(
      minus(earned(20n, order), earned(19n, order)).filter((credit) => credit < 0n),
      [],
    );
  });

  it("90/5/5 released 19 then 1 never goes below zero", () => {
    const order = ppmLegs(900_000n, 50_000n, 50_000n);
    assert.deepEqual(
      earned(19n, order),
      [19n, 0n, 0n].map((_, leg) => at(earned(19n, order), leg)),
    );
    assert.ok(minus(earned(20n, order), earned(19n, order)).every((credit) => credit >= 0n));
  });
});
