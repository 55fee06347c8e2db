/** A story that once failed. */
export interface FailedOnce {
  readonly seed: number;
  readonly database: "sqlite" | "postgres";
  /** What was wrong. */
  readonly why: string;
}

/** Played in every run of the tests. A change of the stories makes other stories of them, which are worth as much. */
export const FAILED_ONCE: readonly FailedOnce[] = [
  {
    seed: 20_005,
    database: "postgres",
    why: "two nodes behind one URL: the second lacked the block whose logs the first hid",
  },
  { seed: 13, database: "sqlite", why: "a reverted transaction that succeeded after a reorganisation stayed failed" },
  { seed: 600_167, database: "postgres", why: "a session ended between pool and transaction, and the process with it" },
  { seed: 700_155, database: "postgres", why: "the story left what was final while nothing of it was final yet" },
  {
    seed: 700_730,
    database: "sqlite",
    why: "logs hidden from a house that was further behind than it looked at blooms",
  },
];
