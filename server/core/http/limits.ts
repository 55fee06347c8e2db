import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { LimitName } from "./door.ts";
import { problems } from "./problems.ts";

const WINDOW_S = 60;

/** Budgets of requests per minute, counted in this process. */
export class Limits {
  readonly #limiters: ReadonlyMap<string, RateLimiterMemory>;

  /** @param numbers requests per minute and key, by name of the limit */
  constructor(numbers: Readonly<Record<LimitName, number>>) {
    this.#limiters = new Map(
      Object.entries(numbers).map(([name, points]) => [
        name,
        new RateLimiterMemory({ keyPrefix: name, points, duration: WINDOW_S }),
      ]),
    );
  }

  /**
   * Takes one request from a budget.
   * @param key whose budget: a user, or a network for people who have not signed in
   * @throws rate_limited with `retry_after` in seconds
   */
  async take(name: LimitName, key: string): Promise<void> {
    try {
      await this.#limiters.get(name)?.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw problems.rate_limited(`Try again in ${retryAfter} s.`, { retry_after: retryAfter });
    }
  }
}
