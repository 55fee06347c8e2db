import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { parseArgs } from "node:util";

const HELP = `Checks everything that is no test; prints the output of what failed only.

  npm run check                  every step
  npm run check -- types lint    these steps only
`;

/** A step runs Node with `args`; one whose `needs` does not exist is left out. */
type Step = { name: string; what: string; args: string[]; needs?: string };

const bin = (path: string) => `node_modules/${path}`;
const script = (path: string, ...args: string[]) => ["--import", "tsx", path, ...args];
/** Invariant runs draw their calls and are not pinned. */
const pinned = () => globSync("test/contracts/**/*.t.sol", { exclude: ["test/contracts/invariants/**"] });
const solidity = (...folders: string[]) => globSync(folders.map((folder) => `${folder}/**/*.sol`));

/** The slow ones first, so that two at a time end soonest. */
const STEPS: Step[] = [
  { name: "types", what: "TypeScript compiles", args: [bin("typescript/bin/tsc"), "--noEmit", "-p", "."] },
  {
    name: "gas",
    what: "no operation of the escrow costs more than its bar",
    args: script("scripts/bench/gas.ts"),
    needs: "scripts/bench/gas.ts",
  },
  {
    name: "snapshot",
    what: "every Solidity test costs the gas it is pinned to",
    args: [bin("hardhat/dist/src/cli.js"), "test", "solidity", ...pinned(), "--snapshot-check"],
  },
  {
    name: "floors",
    what: "imports go down only, modules have one face, no circles",
    args: [bin("dependency-cruiser/bin/dependency-cruiser.mjs"), ...existing("server", "scripts", "test", "web")],
  },
  {
    name: "unused",
    what: "no unused file, export or dependency",
    args: [bin("knip/bin/knip.js"), "--no-config-hints"],
  },
  { name: "lint", what: "TypeScript lint and format", args: [bin("@biomejs/biome/bin/biome"), "check", "."] },
  {
    name: "solhint",
    what: "Solidity lint",
    args: [bin("solhint/solhint.js"), "--noPoster", "--disc", "--max-warnings", "0", ...solidity("contracts")],
  },
  {
    name: "solidity-format",
    what: "Solidity format",
    args: [bin("prettier/bin/prettier.cjs"), "--check", ...solidity("contracts", "test")],
  },
  {
    name: "abi",
    what: "server/protocol/abi.ts is that of the contracts",
    args: script("scripts/generate-abi.ts", "--check"),
    needs: "scripts/generate-abi.ts",
  },
  {
    name: "openapi",
    what: "docs/openapi.json is that of the routes",
    args: script("scripts/openapi.ts", "--check"),
    needs: "scripts/openapi.ts",
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h", default: false } },
});
const unknown = positionals.filter((name) => !STEPS.some((step) => step.name === name));

if (values.help || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no step "${name}".`);
  console.log(`${HELP}\n${STEPS.map(({ name, what }) => `  ${name.padEnd(18)}${what}`).join("\n")}`);
  process.exitCode = unknown.length > 0 ? 1 : 0;
} else {
  const chosen = STEPS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  process.exitCode = await check(chosen.filter(({ needs }) => needs === undefined || existsSync(needs)));
}

type Result = { step: Step; ok: boolean; output: string; seconds: number };

async function check(steps: Step[]): Promise<number> {
  const waiting = [...steps];
  const results: Result[] = [];
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) results.push(await run(step));
  };
  await Promise.all([worker(), worker()]);
  const failed = results.filter(({ ok }) => !ok);
  for (const { step, output } of failed) console.log(`\n── ${step.name} ──\n${output.trimEnd()}`);
  console.log(`\n${table(steps, results)}`);
  return failed.length > 0 ? 1 : 0;
}

async function run(step: Step): Promise<Result> {
  const began = Date.now();
  const child = spawn(process.execPath, step.args, { stdio: ["ignore", "pipe", "pipe"] });
  const output = outputOf(child);
  const [code] = await once(child, "close");
  return { step, ok: code === 0, output: output(), seconds: (Date.now() - began) / 1000 };
}

function outputOf(child: ChildProcess): () => string {
  const parts: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString();
}

function table(steps: readonly Step[], results: readonly Result[]): string {
  const lines = steps.flatMap(({ name, what }) =>
    results
      .filter((result) => result.step.name === name)
      .map(
        ({ ok, seconds }) =>
          `${ok ? "ok    " : "FAILED"}  ${name.padEnd(16)}${seconds.toFixed(1).padStart(6)} s  ${what}`,
      ),
  );
  return lines.join("\n");
}

function existing(...folders: string[]): string[] {
  return folders.filter((folder) => existsSync(folder));
}
