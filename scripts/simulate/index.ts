import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { makeCrew } from "./crew.ts";
import { bundleWithPackages } from "./house/bundle.ts";
import type { Outcome } from "./run.ts";

export type { Outcome } from "./run.ts";

export type Databases = "sqlite" | "postgres" | "both";

export interface SimulateOptions {
  /** Played in this order; the same one may be there more than once. */
  readonly seeds: readonly number[];
  /** How many at a time. */
  readonly jobs: number;
  /** `both`: even seeds on SQLite, odd ones on PostgreSQL. */
  readonly databases: Databases;
  /** A PostgreSQL whose user may create databases; one is started where it is needed and none is given. */
  readonly postgresUrl?: string | undefined;
  /** Told of every outcome as it comes. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Ends it early, with what was played until then. */
  readonly signal?: AbortSignal;
}

/** What a number of simulations came to. */
export interface Simulated {
  readonly runs: number;
  readonly failures: readonly { readonly seed: number; readonly why: string }[];
  readonly seconds: number;
  /** How often everything happened that a story has. */
  readonly met: Readonly<Record<string, number>>;
}

/**
 * Plays the stories of seeds: a real chain with random reorganisations behind nodes that fail, lag and lie, the real
 * server killed at any moment, a database with faults; and compares the tables at the end with the chain that stands.
 */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { seeds, jobs, databases, onOutcome, signal } = options;
  const began = performance.now();
  const script = await bundleWithPackages();
  let server: PostgresServer | undefined;
  if (databases !== "sqlite" && !options.postgresUrl) server = await startPostgres();
  const crew = makeCrew(jobs, { script, postgres: options.postgresUrl ?? server?.url });
  const failures: { seed: number; why: string }[] = [];
  const met = new Map<string, number>();
  let runs = 0;
  const stop = () => void crew.stop();
  signal?.addEventListener("abort", stop);
  try {
    const turns = seeds.map((seed) => ({ seed, dialect: dialectOf(seed, databases) }));
    await crew.play(turns, (outcome) => {
      runs += 1;
      for (const [what, times] of Object.entries(outcome.met)) met.set(what, (met.get(what) ?? 0) + times);
      if (outcome.why.length > 0) failures.push({ seed: outcome.seed, why: outcome.why.join("\n") });
      onOutcome?.(outcome);
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    await crew.stop();
    await server?.stop();
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return { runs, failures, seconds, met: Object.fromEntries([...met].sort(([a], [b]) => a.localeCompare(b))) };
}

const dialectOf = (seed: number, databases: Databases): "sqlite" | "postgres" => {
  if (databases !== "both") return databases;
  return seed % 2 === 0 ? "sqlite" : "postgres";
};
