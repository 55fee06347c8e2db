import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, lastLine, sum } from "./test/counts.ts";

const HELP = `Runs the tests: Solidity and contract tests on Hardhat, then all others on mocha.

  npm test                        every test
  npm test -- server/protocol     only files whose path contains this; several may be given
  npm test -- --grep "reorg"      only tests whose name matches

The last line is always \`N passed, N failed, N skipped\`; the exit code is 0 only if nothing failed.
`;

/**
 * Test files are imported, never required: required ones would get a second copy of every package that is imported
 * elsewhere. Given here and not by bin/mocha.js, whose own child would outlive a SIGTERM.
 */
const NODE_OPTIONS = ["--import", "tsx", "--no-experimental-require-module"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: "string", short: "g" }, help: { type: "boolean", short: "h", default: false } },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await runAll();

async function runAll(): Promise<number> {
  const wanted = (file: string) => positionals.length === 0 || positionals.some((part) => file.includes(part));
  const contracts = globSync("test/contracts/**/*.{t.sol,test.ts}").filter(wanted).sort();
  const others = globSync("test/**/*.test.ts", { exclude: ["test/contracts/**"] })
    .filter(wanted)
    .sort();
  if (contracts.length + others.length === 0) {
    console.error(`No test file has ${positionals.join(" or ")} in its path.`);
    return 1;
  }
  const pattern = values.grep === undefined ? [] : ["--grep", values.grep];
  const results: Counts[] = [];
  if (contracts.length > 0) {
    const runner = [...NODE_OPTIONS, "scripts/test/contracts.ts"];
    results.push(await runOne("The contracts' tests", [...runner, ...contracts, ...pattern]));
  }
  if (others.length > 0) {
    const runner = [...NODE_OPTIONS, "node_modules/mocha/lib/cli/cli.js", "--reporter", "scripts/test/reporter.cjs"];
    results.push(await runOne("The tests", [...runner, ...pattern, ...others]));
  }
  const counts = sum(results);
  console.log(lastLine(counts));
  return counts.failed > 0 ? 1 : 0;
}

/** Runs one runner with its output passed through. One that ends without counts has failed, whatever it printed. */
async function runOne(name: string, args: string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "tributary-test-"));
  const result = join(folder, "counts.json");
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, TEST_RESULT: result } });
  const forward = () => child.kill("SIGTERM");
  process.once("SIGTERM", forward).once("SIGINT", forward);
  try {
    const [code, signal] = await once(child, "exit");
    if (!existsSync(result)) {
      console.error(`${name} ended without a result (${signal ?? `exit code ${code}`}); counted as one failure.`);
      return { passed: 0, failed: 1, skipped: 0 };
    }
    const counts: Counts = JSON.parse(readFileSync(result, "utf8"));
    return code === 0 ? counts : { ...counts, failed: Math.max(counts.failed, 1) };
  } finally {
    process.off("SIGTERM", forward).off("SIGINT", forward);
    rmSync(folder, { recursive: true });
  }
}
