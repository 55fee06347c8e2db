import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const END_WITH_PARENT = new URL("endWithParent.ts", import.meta.url).href;
/** A server ends by itself within 5 s of a SIGTERM; after that it is not asked any more. */
const PATIENCE_MS = 5_000;

/** A process of ours that has said it is ready. */
export interface Child {
  readonly pid: number;
  /** Settles when the process has ended, whyever. */
  readonly ended: Promise<void>;
  /** Asks it to end, and makes it end after 5 s. */
  stop(): Promise<void>;
  /** SIGKILL: it can do nothing about it. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  /** TypeScript, or JavaScript that needs no compiler; from the root of the repository. */
  script: string;
  args?: readonly string[];
  /** For Node itself. */
  nodeOptions?: readonly string[];
  env: Readonly<Record<string, string>>;
  /** File that gets what the process writes to stderr. */
  logFile: string;
  /** How long it may take to be ready, in milliseconds; 60,000 unless said. */
  readyWithinMs?: number;
}

/**
 * Starts a script of ours, which ends with this process, and waits for its JSON line with `"ready": true` on stdout.
 * @throws with the end of what it wrote when it ends first or takes too long
 */
export async function startChild(options: ChildOptions) {
  const { script, args = [], nodeOptions = [], env, logFile, readyWithinMs = 60_000 } = options;
  const compiler = script.endsWith(".ts") ? ["--import", "tsx"] : [];
  const preloaded = [...compiler, "--import", END_WITH_PARENT];
  const child = spawn(process.execPath, [...nodeOptions, ...preloaded, script, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
    // in a process group of its own: Ctrl-C is for us alone, and we stop it in its turn
    detached: true,
  });
  const tail = keepTail(child, logFile);
  const ended = once(child, "exit").then(() => undefined);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const overdue = AbortSignal.timeout(readyWithinMs);
  try {
    const line = await Promise.race([
      readyLine(child),
      once(overdue, "abort").then(() => complaint(script, `was not ready within ${readyWithinMs / 1_000} s`, tail())),
      ended.then(() => complaint(script, `ended (${child.exitCode ?? child.signalCode}) before it was ready`, tail())),
    ]);
    if (line instanceof Error) throw line;
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    ended,
    kill: () => end("SIGKILL"),
    stop: async () => {
      const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      await end("SIGTERM");
      clearTimeout(patience);
    },
  } satisfies Child;
}

const complaint = (script: string, what: string, tail: string): Error => new Error(`${script} ${what}:\n${tail}`);

function readyLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("the process was started without pipes");
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    lines.on("line", (line) => {
      if (/^\{.*"ready":\s*true/.test(line)) resolve(line);
    });
  });
}

/** Writes what the process says into its file, and keeps the end of it for a complaint. */
function keepTail(child: ChildProcess, logFile: string): () => string {
  const file = createWriteStream(logFile, { flags: "a" });
  let tail = "";
  const keep = (chunk: unknown) => {
    tail = (tail + String(chunk)).slice(-4_000);
  };
  child.stderr?.on("data", keep).pipe(file);
  child.stdout?.on("data", keep);
  return () => tail;
}
