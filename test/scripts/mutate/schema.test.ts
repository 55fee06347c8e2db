import assert from "node:assert/strict";
import { type Mutant, named } from "../../../scripts/mutate/mutant.ts";
import { changesOf } from "../../../scripts/mutate/operators.ts";
import { allInOne, awaken } from "../../../scripts/mutate/schema.ts";
import { CODE, compile, PLAIN, trees } from "../../../scripts/solidity/project.ts";
import { artifactsOf, type Effort, Suites, suitesOf } from "../../../scripts/solidity/suites.ts";

const FILE = "Purse.sol";
const PURSE = `
// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Purse {
  uint256 private constant MOST = 10;
  uint256 public sum;
  modifier limited() { require(sum <= MOST, "too much"); _; }
  function put(uint256 amount) external limited { if (amount == 0) revert(); sum += amount; }
  function has(uint256 amount) external view returns (bool) { return sum >= amount && amount != 0; }
  function low(uint256 word) external pure returns (uint256 part) {
    assembly ("memory-safe") { part := and(word, 0xff) }
  }
}`;
const TEST = `
// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {Purse} from "./Purse.sol";
contract PurseTest {
  Purse purse = new Purse();
  function test_sum() external { purse.put(3); purse.put(4); require(purse.sum() == 7); }
  function test_has() external { purse.put(3); require(purse.has(3) && !purse.has(4) && !purse.has(0)); }
  function test_limit() external { purse.put(11); try purse.put(1) { revert(); } catch {} }
  function test_atLimit() external { purse.put(10); purse.put(1); }
  function test_low() external view { require(purse.low(0x1234) == 0x34); }
}`;
const EFFORT: Effort = { fuzzRuns: 1, invariantRuns: 1, invariantDepth: 1, gasLimit: 1n << 24n };

describe("mutants of a contract", function () {
  this.timeout(60_000);
  let mutants: Mutant[];
  let killers: Map<string, string[]>;

  before(async () => {
    const sources = new Map([[FILE, PURSE]]);
    const parsed = trees(sources, [FILE]);
    mutants = named(changesOf(sources, parsed), sources);
    const { woven, taken } = allInOne(sources, parsed, mutants);
    const output = compile(new Map([...woven, ["Purse.t.sol", TEST]]), PLAIN, CODE);
    const suites = new Suites();
    killers = new Map();
    for (const { id, key } of [{ id: 0, key: "original" }, ...taken]) {
      const program = artifactsOf(output).map(({ id: name, contract }) => ({
        id: name,
        contract: {
          ...contract,
          bytecode: awaken(contract.bytecode ?? "", id),
          deployedBytecode: awaken(contract.deployedBytecode ?? "", id),
        },
      }));
      const { failures } = await suites.run(program, suitesOf(output), EFFORT);
      killers.set(key, failures.map(({ test }) => test).sort());
    }
  });

  it("leaves the original as it is while none is awake", () => assert.deepEqual(killers.get("original"), []));

  it("breaks an operator, a condition, a statement, a number, an assembly instruction and a modifier", () => {
    const killersOf = (part: string) => [...killers].find(([key]) => key.includes(part))?.[1];
    assert.deepEqual(killersOf("[&&] sum >= amount && amount != 0 -> (sum >= amount) || (amount != 0)"), [
      "test_has()",
    ]);
    assert.deepEqual(killersOf("[+=] sum += amount; -> (sum) -= (amount);"), [
      "test_atLimit()",
      "test_has()",
      "test_limit()",
      "test_sum()",
    ]);
    assert.deepEqual(killersOf("Purse.MOST [number] 10 -> (10) - 1"), ["test_atLimit()"]);
    assert.deepEqual(killersOf("[and] and(word, 0xff) -> or(word, 0xff)"), ["test_low()"]);
    assert.deepEqual(killersOf("[modifier] limited -> nothing"), ["test_limit()"]);
  });

  it("lets live what no test sees", () => {
    const alive = [...killers].filter(([key, tests]) => key !== "original" && tests.length === 0).map(([key]) => key);
    assert.deepEqual(alive, [
      "Purse.sol Purse.put [condition] amount == 0 -> false",
      "Purse.sol Purse.put [delete] revert(); -> nothing",
    ]);
  });

  it("names each by what it changes, not by where it stands", () => {
    const moved = new Map([[FILE, `\n\n// a comment\n${PURSE}`]]);
    const again = named(changesOf(moved, trees(moved, [FILE])), moved);
    assert.deepEqual(
      again.map(({ key }) => key),
      mutants.map(({ key }) => key),
    );
    assert.equal(new Set(mutants.map(({ key }) => key)).size, mutants.length);
  });
});
