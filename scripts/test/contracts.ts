import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import hre from "hardhat";
import type { TestSummary } from "hardhat/types/test";
import { type Counts, lastLine, sum } from "./counts.ts";

/**
 * What `hardhat test` does: Solidity tests, then the mocha tests of the contracts, on Hardhat's own runners. Started as
 * a process of its own by scripts/test.ts, after everything was compiled; leaves its counts as JSON in the file TEST_RESULT names.
 *
 * Arguments are `.t.sol` and `.test.ts` files (none of a kind: that runner is left out) and `--grep PATTERN`.
 */
const target = process.env.TEST_RESULT;
if (!target) throw new Error("TEST_RESULT is not set: start this with `npm test`");

const at = process.argv.indexOf("--grep");
const grep = at < 0 ? undefined : process.argv[at + 1];
const files = process.argv.slice(2, at < 0 ? undefined : at);
const ofKind = (ending: string) => files.filter((file) => file.endsWith(ending));

const results: Counts[] = [];
if (ofKind(".t.sol").length > 0) results.push(await solidity(ofKind(".t.sol")));
if (ofKind(".test.ts").length > 0) results.push(await mocha(ofKind(".test.ts")));
writeFileSync(target, JSON.stringify(sum(results)));
process.exit(sum(results).failed > 0 ? 1 : 0);

/** Hardhat answers with counts only when told to leave the summary to the caller, who prints it. */
async function solidity(testFiles: string[]): Promise<Counts> {
  const { success, summary } = await run("solidity", testFiles, { testSummaryIndex: 1 });
  console.log(`${lastLine(summary)} (Solidity)\n${summary.failureOutput ?? ""}`);
  // a suite whose set-up fails counts no test, yet the run has failed
  return { ...summary, failed: success ? summary.failed : Math.max(summary.failed, 1) };
}

/** Hardhat takes what mocha planned for what passed, so the counts come from our own reporter. */
async function mocha(testFiles: string[]): Promise<Counts> {
  const file = `${target}.mocha`;
  process.env.TEST_RESULT = file;
  Object.assign(hre.config.test.mocha, { reporter: fileURLToPath(new URL("reporter.cjs", import.meta.url)) });
  await run("mocha", testFiles);
  if (!existsSync(file)) throw new Error("mocha ended without a result");
  const counts: Counts = JSON.parse(readFileSync(file, "utf8"));
  rmSync(file);
  return counts;
}

type Outcome = { success: true; value: { summary: TestSummary } } | { success: false; error: { summary: TestSummary } };

async function run(
  runner: string,
  testFiles: string[],
  more: Record<string, number> = {},
): Promise<{ success: boolean; summary: TestSummary }> {
  const task = hre.tasks.getTask(["test", runner]);
  const outcome: Outcome = await task.run({
    testFiles,
    noCompile: true,
    ...more,
    ...(grep === undefined ? {} : { grep }),
  });
  const { summary } = outcome.success ? outcome.value : outcome.error;
  return { success: outcome.success, summary };
}
