import assert from "node:assert/strict";
import type { Mutant } from "../../../scripts/mutate/mutant.ts";
import { reportOn } from "../../../scripts/mutate/report.ts";
import { sampled } from "../../../scripts/mutate/sample.ts";

const mutant = (id: number, file: string): Mutant => ({
  id,
  file,
  key: `${file} ${id}`,
  kind: "expression",
  start: id,
  end: id + 1,
  place: "",
  operator: "+",
  text: "-",
  line: id,
  before: "+",
});

describe("the report on mutants", () => {
  const results = [
    { mutant: mutant(1, "a.sol"), killer: "A test_1" },
    { mutant: mutant(2, "a.sol"), killer: "A test_2" },
    { mutant: mutant(3, "a.sol") },
    { mutant: mutant(4, "b.sol") },
  ];
  const known = new Set(results.map(({ mutant: { key } }) => key));

  it("gives the score of all, and of those for which nothing is argued", () => {
    const report = reportOn(results, [{ mutant: "b.sol 4", why: "the same either way" }], known);
    assert.equal(report.score, 0.5);
    assert.equal(report.scoreArgued, 2 / 3);
    assert.deepEqual(report.survivors, [
      { mutant: "a.sol 3", line: 3 },
      { mutant: "b.sol 4", line: 4, why: "the same either way" },
    ]);
  });

  it("says when something is argued for a mutant that a test kills, or that is none any more", () => {
    const argued = ["a.sol 1", "gone.sol 9", "b.sol 4"].map((key) => ({ mutant: key, why: "…" }));
    assert.deepEqual(reportOn(results, argued, known).stale, ["a.sol 1", "gone.sol 9"]);
  });
});

describe("a sample of mutants", () => {
  const mutants = Array.from({ length: 100 }, (_, at) => mutant(at, at < 80 ? "a.sol" : "b.sol"));

  it("draws from each file by its share, the same for the same seed", () => {
    const drawn = sampled(mutants, 10, 7);
    assert.deepEqual([drawn.filter(({ file }) => file === "a.sol").length, drawn.length], [8, 10]);
    assert.deepEqual(sampled(mutants, 10, 7), drawn);
    assert.notDeepEqual(sampled(mutants, 10, 8), drawn);
  });
});
