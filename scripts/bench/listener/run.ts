import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { DataSource } from "typeorm";
import { bundle } from "../../start/bundle.ts";
import { HEAP } from "../../start/stack.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";
import type { Prepared } from "./prepare.ts";
import type { Measured, Task } from "./task.ts";

const END_WITH_PARENT = new URL("../../start/endWithParent.ts", import.meta.url).href;
const ROOT = resolve(import.meta.dirname, "../../..");

/** Kinds of database that a case can run on. */
export type Dialect = "sqlite" | "postgres";

/** What a program writes to its standard output is read line by line; what it writes to the other is shown. */
function startProgram(script: string, args: readonly string[], nodeOptions: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeOptions, "--import", END_WITH_PARENT, script, ...args], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(([code, signal]: (string | number | null)[]) => code ?? signal);
  return { child, lines, ended };
}

/** Serves a prepared chain from a process of its own. */
export async function serveChain({ folder }: Prepared): Promise<{ url: string; stop(): Promise<void> }> {
  const { child, lines, ended } = startProgram(await bundle("scripts/bench/listener/node.ts"), [folder]);
  const [line] = (await Promise.race([once(lines, "line"), ended.then(failed("the node"))])) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

const failed =
  (what: string) =>
  (code: unknown): never => {
    throw new Error(`${what} ended (${code}) without a result`);
  };

/** Runs one of `cases/` in a process of its own, with an empty database, against a prepared chain. */
export async function runInProcess(name: string, chain: Prepared, databaseUrl: string | undefined): Promise<Measured> {
  const script = await bundle(`scripts/bench/listener/cases/${name}.ts`);
  const folder = mkdtempSync(join(tmpdir(), "tributary-listener-"));
  const node = await serveChain(chain);
  try {
    const task: Task = {
      url: node.url,
      chain,
      folder,
      databaseUrl: databaseUrl ?? `sqlite:${join(folder, "house.sqlite")}`,
    };
    const profile = process.env.PROFILE ? ["--cpu-prof", `--cpu-prof-dir=${process.env.PROFILE}`] : [];
    const { lines, ended } = startProgram(script, [JSON.stringify(task)], [...HEAP, ...profile]);
    let result: Measured | undefined;
    lines.on("line", (line) => {
      if (line.startsWith("{")) result = JSON.parse(line);
    });
    const code = await ended;
    if (code !== 0 || result === undefined) return failed(name)(code);
    return result;
  } finally {
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Databases for cases, each empty; PostgreSQL is started at the first that asks. */
export class Databases {
  #server: PostgresServer | undefined;
  #made = 0;

  /** The URL of a new database; undefined leaves a file to the case. */
  async empty(dialect: Dialect): Promise<string | undefined> {
    if (dialect === "sqlite") return undefined;
    this.#server ??= await startPostgres();
    this.#made += 1;
    const name = `bench_${this.#made}`;
    const administrator = await new DataSource({ type: "postgres", url: this.#server.url }).initialize();
    await administrator.query(`CREATE DATABASE ${name}`);
    await administrator.destroy();
    return this.#server.url.replace(/\/postgres$/, `/${name}`);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}

/** A folder that goes with the process. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "tributary-bench-"));
  mkdirSync(path, { recursive: true });
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
