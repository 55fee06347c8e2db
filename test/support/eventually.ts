import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again until the answer is there: a value that is neither undefined nor false, without an error.
 * @param timeoutMs how long to ask; the last error, or what was seen last, is in the failure
 * @example const order = await eventually(async () => (await read(id)).state === "confirmed" && read(id))
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await attempt(ask);
    if (!("error" in answer) && isThere(answer.value)) return answer.value;
    if (Date.now() >= end) {
      const seen = "error" in answer ? answer.error : `it is still ${String(answer.value)}`;
      throw new Error(`waited ${timeoutMs} ms in vain for ${ask.toString()}: ${seen}`, { cause: seen });
    }
    await delay(everyMs);
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
