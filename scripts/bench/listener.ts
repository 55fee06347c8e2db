import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureLatency } from "./listener/latency.ts";
import { installPonder, measurePonder } from "./listener/ponder.ts";
import { type Prepared, prepare, type Shape } from "./listener/prepare.ts";
import { Databases, type Dialect, runInProcess, temporaryFolder } from "./listener/run.ts";
import type { Measured } from "./listener/task.ts";

const HELP = `How fast the listener reads a chain that it is behind of, and how soon people see what was mined.

  npm run bench:listener                        every case on SQLite, 20,000 events
  npm run bench:listener -- --events 1000000    as many as that; sparse chains have a tenth
  npm run bench:listener -- --per-block 500     as many in each block of a dense chain; 50 unless told
  npm run bench:listener -- --peer              beside Ponder 0.16.10, which is installed for it
  npm run bench:listener -- --database both     on PostgreSQL, too
  npm run bench:listener -- --cases stored,folded_dense,latency
  npm run bench:listener -- --json              one JSON object on standard output

docs/chain/bench.md says what the cases are and how to read the table.
`;

const CASES = ["loop", "loop_decoded", "stored", "folded"] as const;
const SHAPES: readonly Shape[] = ["dense", "sparse"];

interface Row {
  readonly case: string;
  readonly database: Dialect;
  readonly events: number;
  readonly events_per_second: number;
  /** By user and system time of its process, which is steadier on a machine that does other things, too. */
  readonly events_per_cpu_second: number;
  /** The most memory that its process ever had. */
  readonly rss_mb: number;
}

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h", default: false },
    events: { type: "string", default: "20000" },
    "per-block": { type: "string", default: "50" },
    peer: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    database: { type: "string", default: "sqlite" },
    cases: { type: "string" },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const dialects: Dialect[] = values.database === "both" ? ["sqlite", "postgres"] : [values.database as Dialect];

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const folder = temporaryFolder();
  const databases = new Databases();
  try {
    const rows: Row[] = [];
    for (const shape of SHAPES) rows.push(...(await measureShape(shape, join(folder.path, shape), databases)));
    const latency_ms = wanted("latency") ? await measureLatency(say) : {};
    if (values.json) return console.log(JSON.stringify({ rows, latency_ms }));
    if (rows.length > 0) console.table(rows);
    if (wanted("latency")) console.table(latency_ms);
  } finally {
    folder.remove();
    await databases.stop();
  }
}

function wanted(name: string): boolean {
  return (
    values.cases === undefined || values.cases.split(",").some((one) => name === one || name.startsWith(`${one}_`))
  );
}

async function measureShape(shape: Shape, folder: string, databases: Databases): Promise<Row[]> {
  const cases = CASES.filter((name) => wanted(`${name}_${shape}`));
  const peer = values.peer && wanted(`ponder_${shape}`);
  if (cases.length === 0 && !peer) return [];
  const events = shape === "dense" ? Number(values.events) : Math.ceil(Number(values.events) / 10);
  say(`preparing a ${shape} chain of ${events} events …`);
  const plan = { shape, events, perBlock: Number(values["per-block"]), withFull: peer };
  const chain = await prepare(folder, plan);
  const rows: Row[] = [];
  for (const name of cases)
    for (const dialect of name.startsWith("loop") ? (["sqlite"] as const) : dialects)
      rows.push(
        told(`${name}_${shape}`, dialect, chain, await runInProcess(name, chain, await databases.empty(dialect))),
      );
  if (!peer) return rows;
  installPonder(say);
  const { ponder_cold, ponder_cached } = await measurePonder(chain, databases);
  rows.push(told(`ponder_cold_${shape}`, "postgres", chain, ponder_cold));
  return [...rows, told(`ponder_cached_${shape}`, "postgres", chain, ponder_cached)];
}

function told(name: string, database: Dialect, chain: Prepared, measured: Measured): Row {
  const { events, seconds, cpu_seconds, rss_mb } = measured;
  if (events !== chain.events) throw new Error(`${name} read ${events} of ${chain.events} events`);
  const [events_per_second, events_per_cpu_second] = [seconds, cpu_seconds].map((time) => Math.round(events / time));
  const speed = { events_per_second: events_per_second ?? 0, events_per_cpu_second: events_per_cpu_second ?? 0 };
  say(`${name} on ${database}: ${events_per_second} events/s (${events_per_cpu_second} by CPU time), ${rss_mb} MB`);
  return { case: name, database, events, ...speed, rss_mb };
}
