import { randomOf } from "../support/random.ts";
import type { Mutant } from "./mutant.ts";

/**
 * `count` mutants, from every file as many as its share is, the same for the same seed. In an order of chance, so that the
 * first of them are a sample, too, should the run be stopped.
 */
export function sampled(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  const random = randomOf(seed);
  const drawn = [...Map.groupBy(mutants, ({ file }) => file).values()].flatMap((ofFile) => {
    const shuffled = ofFile.map((mutant) => ({ mutant, at: random() })).sort((a, b) => a.at - b.at);
    return shuffled.slice(0, Math.ceil((count * ofFile.length) / mutants.length));
  });
  return drawn.sort((a, b) => a.at - b.at).map(({ mutant }) => mutant);
}
