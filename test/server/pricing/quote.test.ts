import assert from "node:assert/strict";
import fc from "fast-check";
import { type LineToPrice, quote } from "../../../server/modules/pricing/index.ts";

const line = (goodId: string, merchantId: string, price: number, count: number, pieceFreight = 0): LineToPrice => ({
  goodId,
  merchantId,
  name: goodId,
  price,
  count,
  pieceFreight,
});

const lines = fc.uniqueArray(
  fc.record({
    goodId: fc.uuid(),
    merchantId: fc.constantFrom("m1", "m2", "m3", "m4"),
    name: fc.string(),
    price: fc.integer({ min: 1, max: 90_000_000_000 }),
    count: fc.integer({ min: 1, max: 999 }),
    pieceFreight: fc.integer({ min: 0, max: 100_000_000 }),
  }),
  { selector: ({ goodId }) => goodId, maxLength: 100 },
);
const freight = fc.record({ freightMinor: fc.integer({ min: 0, max: 1_000_000_000 }) });
const USD = { currency: "USD" };

const sum = (values: readonly number[]) => values.reduce((total, value) => total + BigInt(value), 0n);

describe("a quote", () => {
  it("prices a basket of two merchants, each with its own freight", () => {
    const basket = [line("g3", "m2", 250, 1), line("g2", "m1", 1_000, 2), line("g1", "m1", 5, 10)];
    const priced = quote(basket, { freightMinor: 500 }, USD);
    assert.deepEqual(
      priced.merchants.map(({ merchantId, goodsTotal, freight, total }) => [merchantId, goodsTotal, freight, total]),
      [
        ["m1", 2_050, 500, 2_550],
        ["m2", 250, 500, 750],
      ],
    );
    assert.deepEqual(
      priced.merchants[0]?.lines.map(({ goodId, total }) => [goodId, total]),
      [
        ["g1", 50],
        ["g2", 2_000],
      ],
    );
    assert.deepEqual([priced.currency, priced.goodsTotal, priced.freight, priced.total], ["USD", 2_300, 1_000, 3_300]);
  });

  it("adds the freight of each piece to the flat one, and to no line's total", () => {
    const [part] = quote(
      [line("g1", "m1", 1_000, 3, 70), line("g2", "m1", 5, 2)],
      { freightMinor: 500 },
      USD,
    ).merchants;
    assert.deepEqual([part?.goodsTotal, part?.freight, part?.total], [3_010, 710, 3_720]);
    assert.deepEqual(
      part?.lines.map(({ total, freight }) => [total, freight]),
      [
        [3_000, 210],
        [10, 0],
      ],
    );
  });

  it("is the sum of its parts, and no line is lost", () =>
    fc.assert(
      fc.property(lines, freight, (basket, express) => {
        const priced = quote(basket, express, USD);
        for (const part of priced.merchants) {
          assert.equal(BigInt(part.goodsTotal), sum(part.lines.map(({ total }) => total)));
          assert.equal(part.total, part.goodsTotal + part.freight);
          assert.equal(BigInt(part.freight), BigInt(express.freightMinor) + sum(part.lines.map((own) => own.freight)));
          assert.ok(part.lines.every((own) => own.freight === own.pieceFreight * own.count));
          assert.ok(part.lines.every(({ merchantId }) => merchantId === part.merchantId));
          assert.ok(part.lines.every(({ total, price, count }) => BigInt(total) === BigInt(price) * BigInt(count)));
        }
        assert.equal(BigInt(priced.goodsTotal), sum(basket.map(({ price, count }) => price * count)));
        const flat = express.freightMinor * new Set(basket.map((own) => own.merchantId)).size;
        assert.equal(BigInt(priced.freight), BigInt(flat) + sum(basket.map((own) => own.pieceFreight * own.count)));
        assert.equal(BigInt(priced.total), sum(priced.merchants.map(({ total }) => total)));
        const quoted = priced.merchants.flatMap((part) => part.lines.map(({ goodId }) => goodId));
        assert.deepEqual([...quoted].sort(), basket.map(({ goodId }) => goodId).sort());
      }),
    ));

  it("does not depend on the order of the lines", () =>
    fc.assert(
      fc.property(lines, freight, (basket, express) => {
        assert.deepEqual(quote(basket, express, USD), quote([...basket].reverse(), express, USD));
      }),
    ));

  it("of nothing is nothing", () => {
    assert.deepEqual(quote([], { freightMinor: 500 }, USD), {
      currency: "USD",
      merchants: [],
      goodsTotal: 0,
      freight: 0,
      total: 0,
    });
  });

  it("refuses a sum that is no safe integer", () => {
    const dear = [line("g1", "m1", Number.MAX_SAFE_INTEGER, 1), line("g2", "m2", 1, 1)];
    assert.throws(() => quote(dear, { freightMinor: 0 }, USD), RangeError);
  });
});
