import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 2_000;

type Check = () => void | Promise<void>;

/** What must work before this process is sent any requests. Parts add their checks when they start. */
export class Readiness {
  readonly #checks = new Map<string, Check>();

  /** Adds a check that throws, with a sentence for operators, while its part cannot work. */
  add(name: string, check: Check): void {
    this.#checks.set(name, check);
  }

  /** Runs all checks at once. One that takes longer than two seconds has failed. */
  async ask(): Promise<{ ready: boolean; checks: Record<string, string> }> {
    const answers = await Promise.all([...this.#checks].map(async ([name, check]) => [name, await outcome(check)]));
    return { ready: answers.every(([, answer]) => answer === "ok"), checks: Object.fromEntries(answers) };
  }
}

async function outcome(check: Check): Promise<string> {
  const timeout = new AbortController();
  try {
    const late = pause(PATIENCE_MS, "no answer in time", { signal: timeout.signal }).catch(() => "ok");
    return await Promise.race([late, Promise.resolve(check()).then(() => "ok")]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    timeout.abort();
  }
}
