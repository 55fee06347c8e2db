import type { ArtifactId } from "@nomicfoundation/edr";
import { type Effort, nameOf, type Suites } from "../solidity/suites.ts";
import type { Mutant } from "./mutant.ts";
import type { World } from "./world.ts";

/** Chance is fixed by a seed, so the same mutant meets the same calls. An endless loop ends without gas, and is killed. */
const EFFORT: Effort = { fuzzRuns: 24, invariantRuns: 6, invariantDepth: 40, gasLimit: 1n << 29n };
/** How many suites are asked at once: the likeliest alone, and the more the less likely. */
const STEPS = [2, 6, Number.POSITIVE_INFINITY];

/**
 * Finds a test that sees a mutant. Suites that killed others of the same function are asked first, slow ones last;
 * the first failure ends it.
 */
export class Hunt {
  readonly #world: World;
  readonly #suites: Suites;
  readonly #took = new Map<string, number>();
  readonly #kills = new Map<string, number>();
  readonly #before = new Map<string, string>();
  /** Tests that fail on the unoptimized original, by name; they judge nobody. */
  readonly unfit: string[] = [];

  constructor(world: World, suites: Suites) {
    this.#world = world;
    this.#suites = suites;
  }

  /** Runs all tests on the original. */
  async prepare(): Promise<number> {
    const { failures, took, passed } = await this.#suites.run(this.#world.programOf(0), this.#world.suites, EFFORT);
    for (const [suite, time] of took) this.#took.set(suite, time);
    for (const { suite, test } of failures) {
      if (test === "setUp()") throw new Error(`${suite} cannot be set up even without a mutant`);
      this.unfit.push(test.replace(/\(.*/s, ""));
    }
    return passed;
  }

  /** @returns the test that failed, or undefined where the mutant lives */
  async killerOf(mutant: Mutant): Promise<string | undefined> {
    const program = this.#world.programOf(mutant.id);
    const [suite, test] = this.#before.get(mutant.key)?.split(" ") ?? [];
    const again = this.#world.suites.filter((id) => nameOf(id) === suite);
    if (again.length > 0) {
      const { failures } = await this.#suites.run(program, again, EFFORT, { pattern: `^${test}\\b` });
      if (failures[0]) return `${suite} ${test}`;
    }
    const waiting = this.#likeliestFirst(mutant);
    for (const step of STEPS) {
      const asked = waiting.splice(0, step);
      const { failures } = await this.#suites.run(program, asked, EFFORT, this.#fit());
      const [first] = failures;
      if (!first) continue;
      this.#count(mutant, first.suite);
      return `${first.suite} ${first.test.replace(/\(.*/s, "")}`;
    }
    return undefined;
  }

  /** Learns from a kill of an earlier run, whose test is then asked first. */
  learn(mutant: Mutant, killer: string): void {
    this.#before.set(mutant.key, killer);
    this.#count(mutant, killer.split(" ")[0] ?? "");
  }

  #fit(): { except?: string } {
    return this.unfit.length === 0 ? {} : { except: `^(${this.unfit.join("|")})\\b` };
  }

  #count({ file, place }: Mutant, suite: string): void {
    for (const key of [`${file} ${suite}`, `${file} ${place} ${suite}`]) {
      this.#kills.set(key, (this.#kills.get(key) ?? 0) + 1);
    }
  }

  #likeliestFirst({ file, place }: Mutant): ArtifactId[] {
    const worth = (id: ArtifactId) => {
      const suite = nameOf(id);
      const kills =
        (this.#kills.get(`${file} ${suite}`) ?? 0) + 20 * (this.#kills.get(`${file} ${place} ${suite}`) ?? 0);
      return (kills + 0.1) / ((this.#took.get(suite) ?? 0) + 20);
    };
    return [...this.#world.suites].sort((a, b) => worth(b) - worth(a));
  }
}
