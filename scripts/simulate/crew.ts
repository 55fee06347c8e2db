import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./run.ts";
import type { Beginning, Turn } from "./worker.ts";

/** Processes that play seeds side by side. */
export interface Crew {
  /** Plays all turns. @param told of each outcome as it comes; none comes after `stop` */
  play(turns: readonly Turn[], told: (outcome: Outcome) => void): Promise<void>;
  /** Ends every process at once, with what it has started. */
  stop(): Promise<void>;
}

/** A turn without a word for so long has failed, in milliseconds. */
const TURN_WITHIN_MS = 180_000;
/** A process that is to end does so by itself within this time, in milliseconds. */
const ENDS_WITHIN_MS = 3_000;

/** Prepares `jobs` processes as they are needed. */
export function makeCrew(jobs: number, beginning: Beginning): Crew {
  const workers = new Set<ChildProcess>();
  let stopped = false;

  const start = async (): Promise<ChildProcess> => {
    const file = fileURLToPath(new URL("worker.ts", import.meta.url));
    const worker = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    workers.add(worker);
    worker.once("exit", () => workers.delete(worker));
    await asked(worker, beginning, TURN_WITHIN_MS);
    return worker;
  };

  return {
    play: async (turns, told) => {
      const waiting = [...turns];
      const one = async (): Promise<void> => {
        let worker: ChildProcess | undefined;
        for (let turn = waiting.shift(); turn && !stopped; turn = waiting.shift()) {
          try {
            worker ??= await start();
            told((await asked(worker, turn, TURN_WITHIN_MS)) as Outcome);
          } catch (error) {
            if (stopped) return;
            worker?.kill("SIGKILL");
            worker = undefined;
            told(lost(turn, error));
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(jobs, turns.length) }, one));
    },
    stop: async () => {
      stopped = true;
      const ending = [...workers].map(async (worker) => {
        const ended = once(worker, "exit");
        const patience = setTimeout(() => worker.kill("SIGKILL"), ENDS_WITHIN_MS);
        if (worker.connected) worker.disconnect();
        await ended;
        clearTimeout(patience);
      });
      await Promise.all(ending);
    },
  };
}

const lost = ({ seed, dialect }: Turn, error: unknown): Outcome => ({
  ...{ seed, dialect, why: [`the process that played it failed: ${String(error)}`] },
  ...{ kept: undefined, seconds: 0, met: {} },
});

async function asked(worker: ChildProcess, message: Beginning | Turn, withinMs: number): Promise<unknown> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(withinMs)]);
  const ended = once(worker, "exit", { signal }).then(([code, killedBy]) => {
    throw new Error(`it ended (${code ?? killedBy})`);
  });
  const answered = once(worker, "message", { signal });
  try {
    worker.send(message);
    const [answer] = await Promise.race([answered, ended]);
    return answer;
  } finally {
    over.abort();
    await Promise.allSettled([answered, ended]);
  }
}
