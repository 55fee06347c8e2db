import type { Narrator } from "../support/narrator.ts";

/** How often somebody is told, in milliseconds. */
const EVERY_MS = 5_000;

/** Tells how far many equal things are. */
export interface Progress {
  /** One more is done. */
  step(): void;
  /** All are done, or no more will be. */
  end(): void;
}

/** @param what their name, in the plural */
export function progressOf(say: Narrator, what: string, all: number): Progress {
  const startedAt = performance.now();
  let done = 0;
  const rate = () => (done / Math.max(0.001, (performance.now() - startedAt) / 1_000)).toFixed(1);
  const timer = setInterval(() => say.plain(`           ${done} of ${all} ${what}, ${rate()}/s`), EVERY_MS);
  timer.unref(); // work that fails ends the process, though nobody ends its progress
  return {
    step: () => {
      done += 1;
    },
    end: () => {
      clearInterval(timer);
      say.done(`${done} ${what}, ${rate()}/s`);
    },
  };
}
