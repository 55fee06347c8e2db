import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serverEnvironment } from "../../../scripts/start/environment.ts";
import type { TestChain } from "../../support/chain.ts";
import { operator, platform, privateKeyOf } from "./world.ts";

/** A real server in a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  /** Of its API, or of its probes. */
  readonly port: number;
  /** Sends a signal that does not end it, such as SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** @returns its exit code, null after a kill -9 */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** What `/ready` answers now. */
  ready(): Promise<{ status: number; checks: Record<string, string> }>;
  /** What `/metrics` answers now. */
  metrics(): Promise<string>;
}

/** How a start ended that came to nothing. */
export interface FailedStart {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts servers for a test's chain and database, and kills those that are left at the end. */
export interface ServerProcesses {
  /** @param env variables that differ from the usual ones of a worker @param preload a module to load first */
  start(env?: Readonly<Record<string, string>>, preload?: string): Promise<ServerProcess>;
  /** Starts one that is to refuse; fails when it becomes ready. */
  refused(env?: Readonly<Record<string, string>>): Promise<FailedStart>;
  /** To be called after the tests. */
  killAll(): void;
}

/** @param databaseUrl asked for when a server is started @param rpcUrl of the node, or of what is before it */
export function serverProcesses(chain: TestChain, databaseUrl: () => string, rpcUrl = chain.url): ServerProcesses {
  const folder = mkdtempSync(join(tmpdir(), "tributary-server-"));
  writeFileSync(join(folder, "addresses.json"), JSON.stringify(chain.book));
  const children: ChildProcess[] = [];

  const run = (changes: Readonly<Record<string, string>>, preload?: string) => {
    const env = serverEnvironment({
      ...{ chainUrl: rpcUrl, addressBook: join(folder, "addresses.json"), databaseUrl: databaseUrl(), port: 0 },
      ...{ jwtSecret: "x".repeat(32), operatorKey: privateKeyOf(operator), staff: platform.address },
      ...{ platformPayee: platform.address, carrierPayee: platform.address },
    });
    const imports = [...(preload === undefined ? [] : ["--import", preload]), "--import", "tsx"];
    const child = spawn(process.execPath, [...imports, "server/main.ts"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...{ PATH: process.env.PATH, ...env, ROLE: "worker", PROBE_PORT: "0", LOG_LEVEL: "fatal", POLL_MS: "20" },
        ...{ MEDIA_DIR: join(folder, "media"), MAIL_URL: `outbox:${join(folder, "mail")}`, ...changes },
      },
    });
    children.push(child);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const ready = once(createInterface({ input: child.stdout }), "line").then(([line]) =>
      Number(JSON.parse(line).port),
    );
    const ended = once(child, "close").then(([code]): FailedStart => ({ code, stderr }));
    return { child, ready, ended };
  };

  return {
    start: async (env = {}, preload) => {
      const { child, ready, ended } = run(env, preload);
      const failed = ended.then(({ code, stderr }) => {
        throw new Error(`the server ended (${code}) before it was ready: ${stderr}`);
      });
      failed.catch(() => undefined);
      const port = await Promise.race([ready, failed]);
      return running(child, port);
    },
    refused: async (env = {}) => {
      const { ready, ended } = run(env);
      const started = ready.then(() => {
        throw new Error("the server started, although it was to refuse");
      });
      started.catch(() => undefined);
      return Promise.race([ended, started]);
    },
    killAll: () => {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function running(child: ChildProcess, port: number): ServerProcess {
  const at = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    port,
    signal: (signal) => void child.kill(signal),
    end: async (signal) => {
      const ended = once(child, "exit");
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
    ready: async () => {
      const response = await fetch(`${at}/ready`, { signal: AbortSignal.timeout(5_000) });
      const { checks } = (await response.json()) as { checks: Record<string, string> };
      return { status: response.status, checks };
    },
    metrics: async () => (await fetch(`${at}/metrics`, { signal: AbortSignal.timeout(5_000) })).text(),
  };
}
