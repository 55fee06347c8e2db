import { setTimeout as delay } from "node:timers/promises";

const TELL_EVERY_MS = 10_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 2_000;

export type Patience = { timeoutMs: number; tell: (line: string) => void };

/**
 * Looks again, soon at first, until there is something to see; says every ten seconds that it still waits.
 * @param look    answers nothing for "not yet"
 * @param what    what is waited for, as in "waiting for …"
 * @param tooLate the sentence to end with when the time is over
 */
export async function until<T>(
  { timeoutMs, tell }: Patience,
  look: () => Promise<T | undefined>,
  what: string,
  tooLate: () => string,
): Promise<T> {
  const began = Date.now();
  let told = began;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const found = await look();
    if (found !== undefined) return found;
    const now = Date.now();
    if (now - began >= timeoutMs) throw new Error(tooLate());
    if (now - told >= TELL_EVERY_MS) {
      told = now;
      tell(`  … waiting for ${what}, ${seconds(now - began)}`);
    }
    await delay(pause);
  }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
