/** Where the time comes from, so that a test can hold it still. */
export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };
