import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../start/ports.ts";
import { ESCROW } from "./place.ts";
import type { Prepared } from "./prepare.ts";
import { type Databases, serveChain } from "./run.ts";
import type { Measured } from "./task.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const SOURCE = join(ROOT, "scripts/bench/listener/ponder");
/** Where it is installed once and for all; git, linters and compilers do not look there. */
const HOME = join(ROOT, "node_modules/.cache/tributary/ponder");
const PATIENCE_MS = 1_800_000;
/** Logs of one request, so that the node refuses none. */
const MOST_LOGS = 2_000;

/** Installs Ponder in a package folder of its own; at once when it is there. */
export function installPonder(say: (line: string) => void): void {
  mkdirSync(HOME, { recursive: true });
  cpSync(SOURCE, HOME, { recursive: true });
  cpSync(join(ROOT, "server/protocol/abi.ts"), join(HOME, "abi.ts"));
  if (existsSync(join(HOME, "node_modules/ponder"))) return;
  say("installing Ponder 0.16.10 …");
  const npm = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", npm, { cwd: HOME, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("Ponder could not be installed; the lines above say why");
}

/**
 * Lets Ponder read a prepared chain twice, on PostgreSQL: cold, and started anew with what it keeps of the node's answers.
 * Each from the start of its backfill, by its own word, to its being ready.
 */
export async function measurePonder(
  chain: Prepared,
  databases: Databases,
): Promise<{ ponder_cold: Measured; ponder_cached: Measured }> {
  const databaseUrl = (await databases.empty("postgres")) ?? "";
  const node = await serveChain(chain);
  try {
    const ponder_cold = await run(chain, { databaseUrl, nodeUrl: node.url, schema: "cold" });
    const ponder_cached = await run(chain, { databaseUrl, nodeUrl: node.url, schema: "cached" });
    return { ponder_cold, ponder_cached };
  } finally {
    await node.stop();
  }
}

interface Place {
  readonly databaseUrl: string;
  readonly nodeUrl: string;
  readonly schema: string;
}

async function run(chain: Prepared, { databaseUrl, nodeUrl, schema }: Place): Promise<Measured> {
  const bin = join(HOME, "node_modules/ponder/dist/esm/bin/ponder.js");
  const options = ["--schema", schema, "--port", String(await freePort()), "--log-format", "json"];
  const range = chain.shape === "dense" ? Math.max(1, Math.floor(MOST_LOGS / chain.eventsPerBlock)) : 2_000;
  const child = spawn(process.execPath, [bin, "start", ...options], {
    cwd: HOME,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, PONDER_TELEMETRY_DISABLED: "true" },
      ...{ DATABASE_URL: databaseUrl, NODE_URL: nodeUrl, ESCROW, LOGS_RANGE: String(range) },
    },
  });
  const overdue = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  try {
    let began: number | undefined;
    let events = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg = "", event_count = 0 } = line.startsWith("{") ? JSON.parse(line) : {};
      if (msg === "Started backfill indexing") began = performance.now();
      if (msg === "Indexed block range") events += event_count;
      if (began === undefined || !msg.startsWith("Completed backfill indexing")) continue;
      const seconds = (performance.now() - began) / 1_000;
      return { events, seconds, ...usageOf(child.pid ?? 0) };
    }
    throw new Error("Ponder ended before it had read the chain");
  } finally {
    clearTimeout(overdue);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}

/** Of a process of ours that still runs, where the system tells; its start is in the processor's time, too. */
function usageOf(pid: number): Pick<Measured, "cpu_seconds" | "rss_mb"> {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpu_seconds: ticks / 100, rss_mb: Math.round(Number(peak) / 1_024) };
  } catch {
    return { cpu_seconds: Number.NaN, rss_mb: Number.NaN };
  }
}
