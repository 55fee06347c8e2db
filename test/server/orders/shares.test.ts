import assert from "node:assert/strict";
import fc from "fast-check";
import {
  captureFor,
  kept,
  type LineProgress,
  lineShares,
  refundedWorth,
  unsent,
  type WeighedLine,
  worthOfShippedRefund,
  worthOfUnsent,
  worthOfUnsentRefund,
} from "../../../server/modules/orders/shares.ts";

/** Small ones too, where a base unit more or less is easily seen. */
const amount = () => fc.oneof(fc.bigInt({ min: 1n, max: 10_000n }), fc.bigInt({ min: 1n, max: 10n ** 24n }));

const lines = (): fc.Arbitrary<WeighedLine[]> =>
  fc
    .array(fc.record({ count: fc.integer({ min: 1, max: 20 }), price: fc.integer({ min: 0, max: 100_000 }) }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((all) => all.map(({ count, price }, at) => ({ goodId: `good-${at}`, count, value: price * count })));

const fresh = (whole: bigint, weighed: readonly WeighedLine[]): LineProgress[] => {
  const shares = lineShares(whole, weighed);
  return weighed.map(({ goodId, count }) => ({
    ...{ goodId, count, share: shares.get(goodId) ?? -1n },
    ...{ shipped: 0, refundedUnshipped: 0, refundedShipped: 0 },
  }));
};

/** What a seller does next: to which line, to how many of its pieces that are left for it. */
const deed = () =>
  fc.record({
    kind: fc.constantFrom("ship" as const, "refund unsent" as const, "refund sent" as const),
    line: fc.nat(),
    part: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  });
type Deed = typeof deed extends () => fc.Arbitrary<infer D> ? D : never;

/** An order's money and pieces, moved by the rules as the flows do. */
class Books {
  held: bigint;
  captured = 0n;
  voided = 0n;
  refunded = 0n;
  lines: LineProgress[];

  constructor(whole: bigint, weighed: readonly WeighedLine[]) {
    this.held = whole;
    this.lines = fresh(whole, weighed);
  }

  do({ kind, line: which, part }: Deed): void {
    const at = which % this.lines.length;
    const line = this.lines[at];
    assert.ok(line);
    const pieces = Math.round(part * (kind === "refund sent" ? kept(line) : unsent(line)));
    if (kind === "ship") this.ship(at, line, pieces);
    else if (kind === "refund unsent") this.refundUnsent(at, line, pieces);
    else this.refundSent(at, line, pieces);
    assert.ok(this.held >= 0n && this.captured >= 0n, "never more than there is");
    assert.equal(
      this.held,
      this.lines.reduce((sum, one) => sum + worthOfUnsent(one), 0n),
      "what is held is what the unsent pieces are worth",
    );
    assert.equal(
      this.voided + this.refunded,
      this.lines.reduce((sum, one) => sum + refundedWorth(one), 0n),
    );
  }

  ship(at: number, line: LineProgress, pieces: number): void {
    this.lines[at] = { ...line, shipped: line.shipped + pieces };
    const capture = captureFor(this.held, this.lines);
    this.held -= capture;
    this.captured += capture;
  }

  refundUnsent(at: number, line: LineProgress, pieces: number): void {
    const back = worthOfUnsentRefund(line, pieces);
    this.lines[at] = { ...line, refundedUnshipped: line.refundedUnshipped + pieces };
    this.held -= back;
    this.voided += back;
  }

  refundSent(at: number, line: LineProgress, pieces: number): void {
    const back = worthOfShippedRefund(line, pieces);
    this.lines[at] = { ...line, refundedShipped: line.refundedShipped + pieces };
    this.captured -= back;
    this.refunded += back;
  }
}

describe("the lines' shares of an order's amount", () => {
  it("sum to the amount, each within one base unit of its exact part", () =>
    fc.assert(
      fc.property(amount(), lines(), (whole, weighed) => {
        const shares = lineShares(whole, weighed);
        assert.equal(
          [...shares.values()].reduce((sum, share) => sum + share, 0n),
          whole,
        );
        const total = weighed.reduce((sum, { value }) => sum + BigInt(value), 0n);
        if (total === 0n) return;
        for (const { goodId, value } of weighed) {
          const off = (shares.get(goodId) ?? -1n) * total - whole * BigInt(value);
          assert.ok(off > -total && off < total, `${goodId} is off by a base unit or more`);
        }
      }),
    ));

  it("do not depend on the order in which lines are read", () =>
    fc.assert(
      fc.property(amount(), lines(), (whole, weighed) => {
        const sorted = [...lineShares(whole, weighed)].sort();
        assert.deepEqual([...lineShares(whole, [...weighed].reverse())].sort(), sorted);
      }),
    ));

  it("are by pieces where nothing has a price", () => {
    const free = [
      { goodId: "a", count: 1, value: 0 },
      { goodId: "b", count: 2, value: 0 },
    ];
    assert.deepEqual(
      [...lineShares(100n, free)],
      [
        ["a", 33n],
        ["b", 67n],
      ],
    );
  });
});

describe("shipments and refunds by pieces", () => {
  it("never move more than there is, and hold what the unsent pieces are worth, in whatever order they come", () =>
    fc.assert(
      fc.property(amount(), lines(), fc.array(deed(), { maxLength: 30 }), (whole, weighed, deeds) => {
        const books = new Books(whole, weighed);
        for (const each of deeds) books.do(each);
        assert.equal(books.held + books.captured + books.voided + books.refunded, whole);
      }),
    ));

  it("capture exactly the amount once everything is sent", () =>
    fc.assert(
      fc.property(amount(), lines(), fc.array(deed(), { maxLength: 10 }), (whole, weighed, deeds) => {
        const books = new Books(whole, weighed);
        for (const each of deeds) books.do({ ...each, kind: "ship" });
        for (const [at, line] of books.lines.entries()) books.ship(at, line, unsent(line));
        assert.deepEqual([books.captured, books.held], [whole, 0n]);
      }),
    ));

  it("give back exactly the amount once everything is refunded", () =>
    fc.assert(
      fc.property(amount(), lines(), fc.array(deed(), { maxLength: 20 }), (whole, weighed, deeds) => {
        const books = new Books(whole, weighed);
        for (const each of deeds) books.do(each);
        for (const at of books.lines.keys()) {
          books.do({ kind: "refund unsent", line: at, part: 1 });
          books.do({ kind: "refund sent", line: at, part: 1 });
        }
        assert.deepEqual([books.voided + books.refunded, books.held, books.captured], [whole, 0n, 0n]);
      }),
    ));

  it("capture with the next parcel what an earlier one failed to, and nothing where money left beside the lines", () => {
    const [line] = fresh(100n, [{ goodId: "a", count: 4, value: 400 }]);
    assert.ok(line);
    const sent = (shipped: number) => [{ ...line, shipped }];
    assert.equal(captureFor(100n, sent(1)), 25n);
    assert.equal(captureFor(100n, sent(2)), 50n, "the first capture was lost");
    assert.equal(captureFor(60n, sent(1)), 0n, "40 were refunded by amount");
    assert.equal(captureFor(60n, sent(4)), 60n);
  });
});
