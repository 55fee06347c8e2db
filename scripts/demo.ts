import { parseArgs } from "node:util";
import { toJson, toTables } from "./audit/report.ts";
import { runDemo } from "./demo/story.ts";
import { narrator } from "./support/narrator.ts";

const HELP = `Tells the story of ten orders on a chain, a database and ports of its own, and counts the money at the end.
Exits 0 only when chain, server, ledger and its own books agree to the unit.

  npm run demo -- [options]

  --json            the result as JSON on stdout, the story on stderr
  --samples N       payments whose latency is measured (default 120)
  --seed N          for the moments of kills and payments (default: another one each time; it is printed)
  --database URL    postgres://… instead of a SQLite file
  --keep            keep the folder with database and server log
`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    samples: { type: "string", default: "120" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    database: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const { json, samples, seed, database, keep } = values;
  const say = narrator(json ? process.stderr : process.stdout);
  const options = { samples: Number(samples), seed: Number(seed), keep, ...(database ? { database } : {}) };
  try {
    const result = await runDemo(options, say);
    say.plain(toTables(result));
    if (json) process.stdout.write(`${JSON.stringify(toJson(result), null, 2)}\n`);
    process.exitCode = result.differences.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}
