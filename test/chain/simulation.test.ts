import { deepEqual, equal } from "node:assert/strict";
import { type Databases, simulate } from "../../scripts/simulate/index.ts";
import { POSTGRES_URL } from "../support/postgres.ts";
import { FAILED_ONCE } from "./simulationSeeds.ts";

/** Stories that nobody has seen before; SEED=… begins with a printed one. */
const FRESH = 20;
/** Other tests want the processors, too, and a house that gets no time does not come to rest in time. */
const JOBS = 2;

describe("random stories of chain, nodes, processes and database", () => {
  const play = async (seeds: readonly number[], databases: Databases): Promise<void> => {
    const { failures, runs } = await simulate({
      ...{ seeds, databases, jobs: JOBS, postgresUrl: process.env[POSTGRES_URL] },
      onOutcome: ({ seed, dialect, why, kept }) => {
        if (why.length > 0)
          console.error(`npm run simulate -- --seed ${seed} --runs 20 --database ${dialect}\n${kept}`);
      },
    });
    deepEqual(failures, []);
    equal(runs, seeds.length);
  };

  it(`${FRESH} fresh ones end with tables that equal the chain that stands`, async () => {
    const first = Number(process.env.SEED ?? 1 + Math.floor(Math.random() * 1_000_000_000));
    await play(
      Array.from({ length: FRESH }, (_, at) => first + at),
      "both",
    );
  }).timeout(900_000);

  for (const database of ["sqlite", "postgres"] as const)
    it(`those that once failed do not on ${database}`, async () => {
      const seeds = FAILED_ONCE.filter((once) => once.database === database).map(({ seed }) => seed);
      await play(seeds, database);
    }).timeout(600_000);
});
