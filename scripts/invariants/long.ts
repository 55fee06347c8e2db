import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { load, type Progress, save } from "./progress.ts";
import type { Round } from "./worker.ts";

const HELP = `Tries the invariants of the escrow for a long time: ten million calls by everybody, in any order.

  npm run invariants:long                      ten million calls, or what is left of them
  npm run invariants:long -- --calls 1000000   fewer
  npm run invariants:long -- --jobs 4          in four processes at a time (1)
  npm run invariants:long -- --seed night      other calls (seed "1"); each seed remembers how far it is
  npm run invariants:long -- --round 17        this round again, and nothing else
  npm run invariants:long -- --anew            forget what this seed has done
  npm run invariants:long -- --json            {calls, seconds, calls_per_second, rounds, failed} in place of words

A round is what \`npm test\` tries, with other dice. Ctrl-C keeps the rounds that ended; the next start goes on there.
Ends with 1 if an invariant broke, and says how to repeat the round.
`;

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "10000000" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    round: { type: "string" },
    anew: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const say = (line: string) => {
  if (!values.json) console.log(line);
};

const count = ({ rounds }: Progress) => rounds.reduce((sum, { calls }) => sum + calls, 0);
const failed = ({ rounds }: Progress) => rounds.filter(({ failure }) => failure !== undefined);
const format = (value: number) => Math.round(value).toLocaleString("en-US");

if (values.help) process.stdout.write(HELP);
else if (values.round !== undefined) process.exitCode = await again(wholeNumber("round"));
else process.exitCode = await runUntil(wholeNumber("calls"), wholeNumber("jobs"));

async function again(round: number): Promise<number> {
  const worker = start();
  const { calls, failure } = await ask(worker, round);
  worker.disconnect();
  say(failure ?? `Round ${round} of seed ${values.seed}: ${format(calls)} calls, nothing broke.`);
  if (values.json) console.log(JSON.stringify({ round, calls, failure }));
  return failure === undefined ? 0 : 1;
}

async function runUntil(calls: number, jobs: number): Promise<number> {
  const progress = load(values.seed, values.anew);
  if (progress.rounds.length > 0) say(`Going on after ${format(count(progress))} calls of seed ${values.seed}.`);
  const before = { calls: count(progress), seconds: progress.seconds };
  const startedAt = performance.now();
  const rate = () => (count(progress) - before.calls) / ((performance.now() - startedAt) / 1_000);
  const done = new Set(progress.rounds.map(({ round }) => round));
  let next = 0;
  const takeRound = () => {
    while (done.has(next)) next += 1;
    return next++;
  };
  const work = async () => {
    const worker = start();
    while (count(progress) < calls) {
      const result = await ask(worker, takeRound());
      progress.rounds.push(result);
      progress.seconds = before.seconds + (performance.now() - startedAt) / 1_000;
      save(progress);
      tell(progress, result, calls, rate());
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  return conclude(progress);
}

function tell(progress: Progress, { round, failure }: Round, calls: number, rate: number): void {
  if (failure !== undefined) {
    say(`\nRound ${round} broke an invariant:\n${failure}\n`);
    say(`To repeat it: npm run invariants:long -- --seed ${values.seed} --round ${round}\n`);
  }
  const left = Math.max(0, calls - count(progress));
  const minutes = rate > 0 ? `${Math.ceil(left / rate / 60)} min left` : "";
  say(`${format(count(progress))} of ${format(calls)} calls, ${format(rate)}/s, ${minutes}`);
}

function conclude(progress: Progress): number {
  const broken = failed(progress);
  const total = { calls: count(progress), seconds: Math.round(progress.seconds), rounds: progress.rounds.length };
  const calls_per_second = Math.round(total.calls / Math.max(1, progress.seconds));
  if (values.json) {
    const repeat = broken.map(({ round, failure }) => ({ seed: values.seed, round, failure }));
    console.log(JSON.stringify({ ...total, calls_per_second, failed: repeat }));
  } else {
    say(`${format(total.calls)} calls in ${total.rounds} rounds, ${format(total.seconds)} s; ${broken.length} failed.`);
    for (const { round } of broken) say(`  npm run invariants:long -- --seed ${values.seed} --round ${round}`);
  }
  return broken.length > 0 ? 1 : 0;
}

/** The runner's own words are of no interest while nothing breaks. */
function start(): ChildProcess {
  const file = fileURLToPath(new URL("worker.ts", import.meta.url));
  const worker = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      worker.kill("SIGKILL");
      process.exit(130);
    });
  }
  return worker;
}

async function ask(worker: ChildProcess, round: number): Promise<Round> {
  const ended = once(worker, "exit").then(() => {
    throw new Error(`the process that tried round ${round} ended`);
  });
  const answered = once(worker, "message");
  worker.send({ seed: values.seed, round });
  const [result] = await Promise.race([answered, ended]);
  return result as Round;
}

function wholeNumber(name: "calls" | "jobs" | "round"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} takes a whole number, not "${values[name]}".`);
  process.exit(1);
}
