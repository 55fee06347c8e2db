import assert from "node:assert/strict";
import fc from "fast-check";
import { spread, sumMinor, timesMinor, toBaseUnits } from "../../../server/core/money.ts";

const total = () => fc.integer({ min: 0, max: 1_000_000_000 });
const weights = () => fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 20 });

describe("money", () => {
  it("spreads so that the parts sum to the whole", () =>
    fc.assert(fc.property(total(), weights(), (whole, parts) => sumMinor(spread(whole, parts)) === whole)));

  it("spreads each part to within one unit of its exact share", () =>
    fc.assert(
      fc.property(total(), weights(), (whole, parts) => {
        const sum = parts.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0);
        return spread(whole, parts).every((part, index) => Math.abs(part - (whole * (parts[index] ?? 0)) / sum) < 1);
      }),
    ));

  it("gives nothing to a part without weight while another has some", () =>
    assert.deepEqual(spread(7, [0, 2, 0, 1]), [0, 5, 0, 2]));

  it("gives all to the first part when no part has weight", () => assert.deepEqual(spread(7, [0, 0]), [7, 0]));

  it("refuses what no safe integer holds", () => {
    assert.throws(() => timesMinor(Number.MAX_SAFE_INTEGER, 2), RangeError);
    assert.throws(() => sumMinor([Number.MAX_SAFE_INTEGER, 1]), RangeError);
    assert.throws(() => timesMinor(1, 0.5), RangeError);
  });

  it("rounds base units up, never down", () => {
    assert.equal(toBaseUnits(125, { rateNum: 10_000n, rateDen: 1n }), 1_250_000n);
    assert.equal(toBaseUnits(1, { rateNum: 10n, rateDen: 3n }), 4n);
    fc.assert(
      fc.property(total(), fc.bigInt(1n, 10n ** 18n), fc.bigInt(1n, 10n ** 6n), (minor, rateNum, rateDen) => {
        const base = toBaseUnits(minor, { rateNum, rateDen });
        return base * rateDen >= BigInt(minor) * rateNum && (base - 1n) * rateDen < BigInt(minor) * rateNum;
      }),
    );
  });
});
