import assert from "node:assert/strict";
import fc from "fast-check";
import { asked, wordsOf } from "../../../server/modules/catalog/words.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom(..."aBé杯茶カー한Ⅻﬁ １-'\"*:&|()\\\0 ") }),
);

/** Whether a text with these words answers the question, by the meaning of `Asked`. */
const answers = (words: readonly string[], question: string) =>
  asked(question).every(
    (one) =>
      one.words.some((word) => words.includes(word)) || words.some((word) => one.prefix && word.startsWith(one.prefix)),
  );

describe("words to search by", () => {
  it("are folded, cut out and put in the singular", () => {
    assert.deepEqual(wordsOf("The Blue MUGS!"), ["the", "blue", "mugs", "mug"]);
    assert.deepEqual(wordsOf("ladies' boxes, glass"), ["ladies", "lady", "boxes", "box", "glass"]);
    assert.deepEqual(wordsOf("bus gas analysis"), ["bus", "gas", "analysis"]);
    assert.deepEqual(wordsOf("Ｃａｆé ①"), ["cafe", "1"]);
    assert.deepEqual(wordsOf("蓝色杯x2"), ["蓝", "色", "杯", "蓝色", "色杯", "x2"]);
    assert.deepEqual(wordsOf("한국어"), ["한국어"]);
    assert.deepEqual(wordsOf("-- !?"), []);
  });

  it("ask for neighbours of Chinese, and for the beginning of the last word", () => {
    assert.deepEqual(asked("蓝色杯"), [{ words: ["蓝色"] }, { words: ["色杯"] }]);
    assert.deepEqual(asked("杯"), [{ words: ["杯"] }]);
    assert.deepEqual(asked("blue mugs"), [{ words: ["blue"] }, { words: ["mug"], prefix: "mugs" }]);
    assert.equal(asked("w ".repeat(50)).length, 12);
  });

  it("find every text by itself, and by each of its words", () =>
    fc.assert(
      fc.property(text, text, (one, other) => {
        const words = wordsOf(`${one} ${other}`);
        assert.ok(answers(words, one), JSON.stringify([one, words, asked(one)]));
        for (const word of words.slice(0, 20)) assert.ok(answers(words, word), word);
      }),
    ));

  it("have letters, marks and digits only, so that no database takes one for a command", () =>
    fc.assert(
      fc.property(text, (one) => {
        const all = [...wordsOf(one), ...asked(one).flatMap(({ words, prefix }) => [...words, prefix ?? "a"])];
        for (const word of all) assert.match(word, /^[\p{L}\p{N}\p{M}]+$/u);
        assert.ok(asked(one).length <= 12 && wordsOf(one).length === new Set(wordsOf(one)).size);
      }),
    ));

  it("are as many as a text may have, however long it is", () => {
    assert.ok(wordsOf(Array.from({ length: 9_000 }, (_, n) => `w${n}`).join(" ")).length <= 2_001);
    assert.ok(wordsOf("茶".repeat(5_000)).length <= 2);
    assert.deepEqual(wordsOf("x".repeat(5_000)), ["x".repeat(40)]);
  });
});
