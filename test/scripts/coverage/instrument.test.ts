import assert from "node:assert/strict";
import { instrument, type Point } from "../../../scripts/coverage/instrument.ts";
import { CODE, compile, PLAIN, trees } from "../../../scripts/solidity/project.ts";
import { artifactsOf, Suites, suitesOf } from "../../../scripts/solidity/suites.ts";

const FILE = "Gate.sol";
const GATE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Gate {
  modifier always() { _; }
  function pass(uint256 key) external pure always returns (uint256 word) {
    if (key == 0) revert();
    for (uint256 i = 0; i < key; ++i) word = word + 1;
    assembly { if gt(word, 5) { word := 5 } }
    return key == 9 ? 9 : word;
  }
  function never() external pure { require(true); }
}`;
const TEST = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {Gate} from "./Gate.sol";
contract GateTest {
  function test_pass() external { require(new Gate().pass(7) == 5); }
}`;

describe("coverage of a contract", function () {
  this.timeout(60_000);

  it("knows what was reached, in functions that may not touch anything too", async () => {
    const sources = new Map([[FILE, GATE]]);
    const { sources: woven, points } = instrument(sources, trees(sources, [FILE]));
    const output = compile(new Map([...woven, ["Gate.t.sol", TEST]]), PLAIN, CODE);
    const hits = new Set<number>();
    const { passed } = await new Suites().run(
      artifactsOf(output),
      suitesOf(output),
      { fuzzRuns: 1, invariantRuns: 1, invariantDepth: 1, gasLimit: 1n << 24n },
      { onHits: (ids) => ids.forEach((id) => void hits.add(Number(BigInt(`0x${Buffer.from(id).toString("hex")}`)))) },
    );
    const missed = points
      .filter(({ id }) => !hits.has(id))
      .map(({ line, kind, what }: Point) => `${line} ${kind} ${what}`);
    assert.equal(passed, 1);
    assert.deepEqual(missed, [
      "6 branch true",
      "6 statement ExpressionStatement",
      "9 branch true",
      "11 statement ExpressionStatement",
    ]);
  });
});
