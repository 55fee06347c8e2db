import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Databases, type Outcome, type Simulated, simulate } from "./simulate/index.ts";

const HELP = `Plays random stories of a chain, its nodes and the server, and compares the end with the chain that stands.

  npm run simulate -- --runs 100         a hundred seeds, drawn anew
  npm run simulate -- --runs 100 --from 1    the seeds 1 to 100
  npm run simulate -- --seed 17          this one; with --runs 20 twenty times, for no seed fixes how processes share time
  npm run simulate -- --jobs 2           how many at a time (twice the machine's cores)
  npm run simulate -- --database both    sqlite (as said nowhere else), postgres, or both: even seeds and odd ones
  npm run simulate -- --json             {runs, failures: [{seed, why}], seconds, met} on stdout

A failure says what differs, how to repeat it and where its database and logs are. Ctrl-C ends with what was counted.
Ends with 1 if any seed failed.
`;

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    jobs: { type: "string", default: String(2 * availableParallelism()) },
    database: { type: "string", default: "sqlite" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await run();

async function run(): Promise<number> {
  const databases = values.database as Databases;
  if (!["sqlite", "postgres", "both"].includes(databases))
    return refused(`--database takes sqlite, postgres or both, not "${values.database}".`);
  const seeds = seedsWanted();
  const jobs = wholeNumber("jobs");
  if (!seeds || !jobs) return 1;
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopped.abort());
  let done = 0;
  const result = await simulate({
    ...{ seeds, jobs, databases, signal: stopped.signal },
    onOutcome: (outcome) => {
      done += 1;
      tell(outcome, done, seeds.length);
    },
  });
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : summary(result));
  return result.failures.length > 0 || result.runs < seeds.length ? 1 : 0;
}

/** One seed as often as is said, or so many that follow each other; undefined after a complaint. */
function seedsWanted(): number[] | undefined {
  const runs = values.runs === undefined ? (values.seed === undefined ? 20 : 1) : wholeNumber("runs");
  if (!runs) return undefined;
  if (values.seed !== undefined) {
    const seed = wholeNumber("seed");
    return seed === undefined ? undefined : new Array<number>(runs).fill(seed);
  }
  const first = values.from === undefined ? 1 + Math.floor(Math.random() * 1_000_000_000) : wholeNumber("from");
  return first === undefined ? undefined : Array.from({ length: runs }, (_, at) => first + at);
}

function wholeNumber(name: "runs" | "seed" | "from" | "jobs"): number | undefined {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  refused(`--${name} takes a whole number, not "${values[name]}".`);
  return undefined;
}

function refused(sentence: string): number {
  console.error(sentence);
  return 1;
}

/** Progress is on stderr, for stdout may be read by a program. */
function tell({ seed, dialect, why, kept, seconds }: Outcome, done: number, all: number): void {
  if (why.length > 0) {
    const shown = why.slice(0, 12).map((line) => `  ${line}`);
    const again = `npm run simulate -- --seed ${seed} --runs 20 --database ${dialect}`;
    console.error([`SEED=${seed} failed on ${dialect}:`, ...shown, `  again: ${again}`, `  kept: ${kept}`].join("\n"));
  }
  console.error(`${done} of ${all}: seed ${seed} on ${dialect}, ${seconds.toFixed(1)} s`);
}

function summary({ runs, failures, seconds, met }: Simulated): string {
  const counts = Object.entries(met).map(([what, times]) => `  ${what.padEnd(30)}${String(times).padStart(8)}`);
  const failed = failures.map(({ seed }) => `  npm run simulate -- --seed ${seed} --runs 20`);
  const head = `${runs} runs in ${seconds} s, ${failures.length} failed.`;
  return `${[...counts, head, ...failed].join("\n")}\n`;
}
