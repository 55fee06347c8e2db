import { parseArgs } from "node:util";
import { CODE, CORE, compile, PLAIN, readAll, trees } from "../solidity/project.ts";
import { artifactsOf, type Effort, Suites, suitesOf } from "../solidity/suites.ts";
import { instrument, type Point } from "./instrument.ts";

const HELP = `What of the contracts the Solidity tests reach: lines, and ways out of conditions.

  npm run coverage:contracts              a table, and what was not reached
  npm run coverage:contracts -- --json    the same as JSON

Faces and mocks are left out. A block of assembly counts as one statement. Exit code 1 below 99 % of either.
`;

const BAR = 0.99;
const EFFORT: Effort = { fuzzRuns: 64, invariantRuns: 20, invariantDepth: 100, gasLimit: (1n << 63n) - 1n };

type Part = { reached: number; all: number };
type Row = { file: string; lines: Part; branches: Part };

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await cover();

async function cover(): Promise<number> {
  const contracts = readAll("contracts/**/*.sol");
  const { sources, points } = instrument(contracts, trees(contracts, CORE));
  console.error(`${points.length} points of ${CORE.length} files; compiling contracts and tests with them (minutes)`);
  const output = compile(new Map([...sources, ...readAll("test/contracts/**/*.sol")]), PLAIN, CODE);
  const hits = new Set<number>();
  const onHits = (ids: Uint8Array[]) => {
    for (const id of ids) hits.add(Number(BigInt(`0x${Buffer.from(id).toString("hex")}`)));
  };
  const { passed, failures } = await new Suites().run(artifactsOf(output), suitesOf(output), EFFORT, { onHits });
  for (const { suite, test, reason } of failures) console.error(`fails when measured: ${suite} ${test} ${reason}`);
  console.error(`${passed} tests passed, ${failures.length} failed`);
  return report(points, hits);
}

function report(points: readonly Point[], hits: ReadonlySet<number>): number {
  const rows = [...Map.groupBy(points, ({ file }) => file)].map(([file, of]) => rowOf(file, of, hits));
  const total: Row = { file: "all", lines: sum(rows, "lines"), branches: sum(rows, "branches") };
  const missed = points.filter(({ id }) => !hits.has(id));
  if (values.json) console.log(JSON.stringify({ total, files: rows, missed }, null, 2));
  else {
    const cell = ({ reached, all }: Part) => `${percent({ reached, all })} (${reached}/${all})`.padStart(20);
    for (const { file, lines, branches } of [...rows, total])
      console.log(file.padEnd(44) + cell(lines) + cell(branches));
    if (missed.length > 0) console.log("\nNot reached:");
    for (const { file, line, kind, what } of missed) console.log(`  ${file}:${line} ${kind} ${what}`);
    console.log(
      `\nlines ${percent(total.lines)}, branches ${percent(total.branches)} of the contracts that hold money`,
    );
  }
  return [total.lines, total.branches].every(({ reached, all }) => reached >= BAR * all) ? 0 : 1;
}

/** A line is reached when all statements that begin on it are. */
function rowOf(file: string, points: readonly Point[], hits: ReadonlySet<number>): Row {
  const isHit = ({ id }: Point) => hits.has(id);
  const lines = [
    ...Map.groupBy(
      points.filter(({ kind }) => kind === "statement"),
      ({ line }) => line,
    ).values(),
  ];
  const branches = points.filter(({ kind }) => kind === "branch");
  return {
    file,
    lines: { reached: lines.filter((of) => of.every(isHit)).length, all: lines.length },
    branches: { reached: branches.filter(isHit).length, all: branches.length },
  };
}

function sum(rows: readonly Row[], what: "lines" | "branches"): Part {
  return rows.reduce((of, row) => ({ reached: of.reached + row[what].reached, all: of.all + row[what].all }), {
    reached: 0,
    all: 0,
  });
}

function percent({ reached, all }: Part): string {
  return `${all === 0 ? "100.00" : ((100 * reached) / all).toFixed(2)} %`;
}
