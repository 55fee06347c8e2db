import { setTimeout as pause } from "node:timers/promises";

/** What was awaited did not come. */
class InVain extends Error {
  constructor(what: string, withinMs: number, seen: unknown) {
    super(`waited ${withinMs / 1_000} s in vain for ${what}; seen last: ${describe(seen)}`, { cause: seen });
    this.name = "InVain";
  }
}

/**
 * How long and how often to ask, in milliseconds: 90,000 and 25 unless said. What a killed server had begun is taken
 * over when its claims have run out, a minute later at most.
 */
export interface Patience {
  withinMs?: number;
  everyMs?: number;
}

/**
 * Asks again until the answer is there: a value that is neither undefined nor false, without an error.
 * @param what a few words for the failure
 * @throws InVain with what was asked for and what was seen last
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { withinMs = 90_000, everyMs = 25 }: Patience = {},
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await attempt(ask);
    if (!("error" in answer) && isThere(answer.value)) return answer.value;
    if (performance.now() >= end) throw new InVain(what, withinMs, "error" in answer ? answer.error : answer.value);
    await pause(everyMs);
  }
}

const isThere = <T>(value: T): value is Exclude<T, false | undefined> => value !== undefined && value !== false;

async function attempt<T>(ask: () => T | Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { error };
  }
}

const describe = (seen: unknown): string => (seen instanceof Error ? seen.message : String(seen));
