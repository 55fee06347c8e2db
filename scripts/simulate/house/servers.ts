import { type Child, startChild } from "../../start/child.ts";
import type { Draw } from "../draw.ts";

/** Server processes of one simulation, which are killed, stopped and started. */
export interface Servers {
  /** Starts one more; it is there once it is ready, or died before. */
  start(): void;
  /** Those that are ready. */
  running(): number;
  /** Those that are not yet ready. */
  starting(): number;
  /** SIGKILL to one of them. */
  kill(): void;
  /** SIGSTOP to one of them, and SIGCONT after a while. */
  freeze(forMs: number): void;
  /** Wakes whoever is stopped. */
  thaw(): void;
  /** SIGTERM to one of them. */
  end(): void;
  /** Settles once those that were asked to start have said that they are ready. */
  ready(): Promise<void>;
  /** Of those that were started, how many ended without being asked to, with the end of what they wrote. */
  readonly deaths: string[];
  readonly counts: { started: number; killed: number; frozen: number; ended: number };
  /** SIGKILL to all. */
  stop(): Promise<void>;
}

interface Server {
  child: Child | undefined;
  frozen: boolean;
  asked: boolean;
  readonly settled: Promise<void>;
}

/** @param script the bundled server */
export function makeServers(
  script: string,
  env: Readonly<Record<string, string>>,
  logFile: string,
  draw: Draw,
): Servers {
  const servers = new Set<Server>();
  const endings: Promise<void>[] = [];
  const deaths: string[] = [];
  const counts = { started: 0, killed: 0, frozen: 0, ended: 0 };
  let stopped = false;

  const start = (): void => {
    counts.started += 1;
    const ready = startChild({ script, env, logFile });
    const server: Server = {
      ...{ child: undefined, frozen: false, asked: false },
      settled: ready.then(
        (child) => {
          server.child = child;
          if (stopped) endings.push(child.kill());
          child.ended.then(() => {
            servers.delete(server);
            if (!server.asked && !stopped) deaths.push(`process ${child.pid} ended by itself; see the log`);
          });
        },
        (error: Error) => {
          servers.delete(server);
          if (!stopped) deaths.push(error.message);
        },
      ),
    };
    servers.add(server);
  };
  const one = (wanted: (server: Server) => boolean): Server | undefined => {
    const fit = [...servers].filter((server) => server.child && !server.asked && wanted(server));
    return fit.length === 0 ? undefined : draw.of(fit);
  };
  const signal = (server: Server, name: NodeJS.Signals): void => {
    try {
      process.kill(server.child?.pid ?? 0, name);
    } catch {
      // it ended a moment ago
    }
  };
  const wake = (server: Server): void => {
    if (server.frozen) signal(server, "SIGCONT");
    server.frozen = false;
  };

  // One that is stopped would never notice that this process is gone.
  const killAll = (): void => {
    for (const server of servers) if (server.child) signal(server, "SIGKILL");
  };
  process.once("exit", killAll);

  return {
    ...{ start, deaths, counts },
    running: () => [...servers].filter(({ child, asked }) => child && !asked).length,
    starting: () => [...servers].filter(({ child }) => !child).length,
    kill: () => {
      const server = one(() => true);
      if (!server?.child) return;
      counts.killed += 1;
      server.asked = true;
      endings.push(server.child.kill());
    },
    freeze: (forMs) => {
      const server = one(({ frozen }) => !frozen);
      if (!server) return;
      counts.frozen += 1;
      server.frozen = true;
      signal(server, "SIGSTOP");
      setTimeout(() => wake(server), forMs);
    },
    thaw: () => {
      for (const server of servers) wake(server);
    },
    end: () => {
      const server = one(({ frozen }) => !frozen);
      if (!server?.child) return;
      counts.ended += 1;
      server.asked = true;
      endings.push(server.child.stop());
    },
    ready: async () => {
      await Promise.all([...servers].map(({ settled }) => settled));
    },
    stop: async () => {
      stopped = true;
      process.off("exit", killAll);
      await Promise.all([...servers].map(async ({ child }) => child?.kill()));
      await Promise.all([...servers].map(({ settled }) => settled));
      await Promise.all(endings);
    },
  };
}
