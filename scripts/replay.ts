import { parseArgs } from "node:util";
import { planOf } from "./replay/plan.ts";
import { readSales, UnreadableData } from "./replay/read.ts";
import { toReplayJson, toReplayTables } from "./replay/report.ts";
import { runReplay } from "./replay/run.ts";
import { narrator } from "./support/narrator.ts";

const HELP = `Plays real orders through the REST API and the chain, from the CSV files in a folder, and counts the money at the end.
Exits 0 only when no order is lost, and files, chain, server and ledger agree to the unit. docs/replay.md says how.

  npm run replay -- DIR [options]

  --limit N         only the first N rows of orders.csv
  --json            the result as JSON on stdout, progress on stderr
  --chaos           kill -9 the server at random moments while the orders are played
  --kills N         so many times (default 10)
  --seed N          of the moments (default: another one each time; it is printed)
  --database KIND   sqlite (default) or postgres: the one in DATABASE_URL, which must be empty, else one of its own
  --concurrency N   orders on their way at the same time (default 100)
  --profile DIR     write a CPU profile of the server there
  --keep            keep the folder with database and server log
`;

class BadOption extends Error {}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: "string" },
    json: { type: "boolean", default: false },
    chaos: { type: "boolean", default: false },
    kills: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    database: { type: "string", default: "sqlite" },
    concurrency: { type: "string", default: "100" },
    profile: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const [folder, ...others] = positionals;
if (values.help) process.stdout.write(HELP);
else if (!folder || others.length > 0) refuse("Say which folder the CSV files are in: npm run replay -- DIR");
else await run(folder);

async function run(directory: string): Promise<void> {
  try {
    const { json, profile, keep } = values;
    const database = databaseKind(values.database);
    const plan = planOf(await readSales(directory, values.limit === undefined ? undefined : whole("limit")));
    const options = {
      ...{
        database,
        keep,
        kills: values.chaos ? whole("kills") : 0,
        seed: whole("seed"),
        concurrency: whole("concurrency"),
      },
      ...(profile ? { profile } : {}),
    };
    const say = narrator(json ? process.stderr : process.stdout);
    say.plain(`${plan.rows} rows, ${plan.played.length} to be played, on ${database}; seed ${options.seed}`);
    const result = await runReplay(plan, options, say);
    say.plain(toReplayTables(result));
    if (json) process.stdout.write(`${JSON.stringify(toReplayJson(result), null, 2)}\n`);
    process.exitCode = result.lost === 0 && result.outcome.differences.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof UnreadableData || error instanceof BadOption) refuse(error.message);
    else {
      console.error(error);
      process.exitCode = 1;
    }
  }
}

function databaseKind(text: string): "sqlite" | "postgres" {
  if (text === "sqlite" || text === "postgres") return text;
  throw new BadOption(`--database is sqlite or postgres, not "${text}".`);
}

function whole(name: "limit" | "kills" | "seed" | "concurrency"): number {
  const text = values[name] ?? "";
  if (!/^\d{1,9}$/.test(text) || (name !== "seed" && Number(text) === 0))
    throw new BadOption(`--${name} is a whole number above zero, not "${text}".`);
  return Number(text);
}

function refuse(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
