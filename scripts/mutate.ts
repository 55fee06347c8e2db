import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Hunt } from "./mutate/hunt.ts";
import type { Mutant } from "./mutate/mutant.ts";
import { printed, type Report, type Result, readArguments, reportOn } from "./mutate/report.ts";
import { sampled } from "./mutate/sample.ts";
import { makeWorld, mutantsOf, resultsFile, type World } from "./mutate/world.ts";
import { readAll } from "./solidity/project.ts";
import { Suites } from "./solidity/suites.ts";
import { inParallel } from "./support/parallel.ts";

const HELP = `Breaks the contracts in every way it knows, one at a time, and asks whether a Solidity test sees it.

  npm run mutate                          every mutant
  npm run mutate -- --files SplitLib      only files whose path has this; several, separated by commas
  npm run mutate -- --sample 200 --seed 7 so many of them, drawn from every file by its share
  npm run mutate -- --list                the mutants, without a run
    --jobs N   so many at a time (1)      --fresh  forget earlier results
    --json     the report as JSON         --help   this

Ctrl-C ends it with a report on what has been tried. A result is kept until a contract changes; of a mutant that lived, until a test changes. So a run that was interrupted
goes on, and new tests are tried on what lived. A mutant that no test can see may be argued for in
scripts/mutate/survivors.json. Exit code 1 when less than 95 % of the others are killed.
`;

const BAR = 0.95;

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "" },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = (sentence: string) => console.error(sentence);

if (values.help) process.stdout.write(HELP);
else if (values.list)
  for (const { line, key } of chosen(mutantsOf(readAll("contracts/**/*.sol")).mutants)) console.log(`${line}\t${key}`);
else process.exitCode = await run();

async function run(): Promise<number> {
  const world = makeWorld(say);
  const mutants = chosen(world.mutants);
  const hunt = new Hunt(world, new Suites());
  say(`${world.refused.size} do not compile and count for nothing; running the tests on the original`);
  const passed = await hunt.prepare();
  say(
    `${passed} tests pass on it${hunt.unfit.length > 0 ? `; left out, for they fail: ${hunt.unfit.join(", ")}` : ""}`,
  );
  const results = await huntAll(world, hunt, mutants);
  const known = new Set(world.mutants.map(({ key }) => key));
  const report = reportOn(results, readArguments(), known);
  console.log(values.json ? JSON.stringify(answer(report, world), null, 2) : printed(report));
  return report.scoreArgued < BAR ? 1 : 0;
}

/** The mutants asked for, those named first. */
function chosen(mutants: readonly Mutant[]): Mutant[] {
  const parts = values.files.split(",");
  const wanted = mutants.filter(({ file }) => parts.some((part) => file.includes(part)));
  if (values.sample === undefined) return wanted;
  say(`a sample of ${values.sample}, drawn with the seed ${values.seed}`);
  return sampled(wanted, Number(values.sample), Number(values.seed));
}

async function huntAll(world: World, hunt: Hunt, mutants: readonly Mutant[]): Promise<Result[]> {
  const file = resultsFile();
  const before = values.fresh ? [] : earlier(file);
  const known = new Map(
    before.filter(({ of, killer }) => of === (killer ? world.contracts : world.all)).map((line) => [line.key, line]),
  );
  const killers = new Map(before.flatMap(({ key, killer }) => (killer ? [[key, killer]] : [])));
  for (const mutant of mutants) {
    const killer = killers.get(mutant.key);
    if (killer) hunt.learn(mutant, killer);
  }
  const work = mutants.filter(({ key }) => !known.has(key)).length;
  const progress = progressOf(work);
  let stopped = false;
  const stop = () => {
    stopped = true;
    say("stopping; what is left is not counted");
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const results = await inParallel(mutants, Number(values.jobs), async (mutant): Promise<Result | undefined> => {
    const line = known.get(mutant.key);
    if (stopped && !line) return undefined;
    const killer = line ? line.killer : await hunt.killerOf(mutant);
    if (!line) {
      appendFileSync(
        file,
        `${JSON.stringify({ of: killer ? world.contracts : world.all, key: mutant.key, killer })}\n`,
      );
      progress(mutant, killer);
    }
    return { mutant, ...(killer === undefined ? {} : { killer }) };
  });
  return results.filter((result) => result !== undefined);
}

function progressOf(work: number): (mutant: Mutant, killer: string | undefined) => void {
  const began = Date.now();
  let done = 0;
  let alive = 0;
  return (mutant, killer) => {
    done += 1;
    alive += killer ? 0 : 1;
    if (!killer) say(`alive: line ${mutant.line} ${mutant.key}`);
    const left = ((Date.now() - began) / done) * (work - done);
    if (done % 25 === 0) say(`${done} of ${work}, ${alive} alive, ${Math.ceil(left / 60_000)} min left`);
  };
}

/** What earlier runs found: of which contracts (and tests, where it lived), and the test that killed. */
function earlier(file: string): { of: string; key: string; killer?: string }[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function answer(report: Report, world: World): object {
  return { ...report, refused: [...world.refused].map(([{ key }, reason]) => ({ mutant: key, reason })) };
}
