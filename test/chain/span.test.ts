import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  afterCut,
  afterFull,
  afterRefusal,
  afterTrouble,
  blocksOf,
  type Span,
  widest,
} from "../../server/chain/listener/span.ts";

const MOST = 2_000;

/** Reads with a node that takes `limit` blocks at most. @returns the sizes asked for, in order */
function sizesAt(limit: number, looks: number, from: Span = widest(MOST)): number[] {
  let span = from;
  return Array.from({ length: looks }, () => {
    const blocks = blocksOf(span);
    span = blocks > limit ? afterRefusal(blocks) : afterFull(span, MOST);
    return blocks;
  });
}

describe("how many blocks are asked for at once", () => {
  it("halves down to what the node takes, one block if need be", () => {
    ok(sizesAt(1, 12).includes(1));
    equal(sizesAt(MOST, 3).at(-1), MOST);
  });

  it("is refused rarely once a node's limit is known, whatever it is", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST }), (limit) => {
        const later = sizesAt(limit, 212).slice(12);
        const refused = later.filter((blocks) => blocks > limit).length;
        const read = later.filter((blocks) => blocks <= limit);
        ok(refused <= later.length / 6, `${refused} of ${later.length} refused at ${limit}`);
        ok(Math.min(...read) >= limit / 2 - 1, `as little as ${Math.min(...read)} at ${limit}`);
      }),
    ));

  it("is as large as ever soon after the limit is gone", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST }), (limit) => {
        const after = sizesAt(limit, 40).at(-1) ?? 0;
        const sizes = sizesAt(MOST, 40, { size: after, refused: after + 1 });
        equal(sizes.at(-1), MOST);
      }),
    ));

  it("asks for little more than one transaction takes, however much the node would give", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST }), (taken) => {
        let span = widest(MOST);
        const asked = Array.from({ length: 200 }, () => {
          const blocks = blocksOf(span);
          span = blocks > taken ? afterCut(taken) : afterFull(span, MOST);
          return blocks;
        });
        const wasted = asked.slice(1).reduce((sum, blocks) => sum + Math.max(0, blocks - taken), 0);
        ok(wasted <= 0.4 * taken * asked.length, `${wasted} blocks for nothing where ${taken} are taken`);
      }),
    ));

  it("shrinks after other failures too, to 32 blocks and not below, and never grows by them", () => {
    let span = widest(MOST);
    for (let i = 0; i < 10; i += 1) span = afterTrouble(span);
    equal(blocksOf(span), 32);
    equal(blocksOf(afterTrouble({ size: 5, refused: undefined })), 5);
  });
});
