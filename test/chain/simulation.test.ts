import { deepEqual, equal } from "node:assert/strict";
import { simulate } from "../../scripts/simulate/index.ts";

/** Stories of seeds that nobody has seen before; SEED=… repeats from a printed one. */
const FRESH = 20;

describe("random stories of chain, nodes, processes and database", () => {
  it("end with tables that equal the chain that stands", async () => {
    const first = Number(process.env.SEED ?? 1 + Math.floor(Math.random() * 1_000_000_000));
    const seeds = Array.from({ length: FRESH }, (_, at) => first + at);
    const { failures, runs } = await simulate({ seeds, jobs: 4, databases: "sqlite" });
    deepEqual(failures, [], `repeat with SEED=${first}`);
    equal(runs, FRESH);
  }).timeout(600_000);
});
