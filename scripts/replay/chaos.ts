import { setTimeout as pause } from "node:timers/promises";
import { randomOf } from "../support/random.ts";
import type { World } from "./world.ts";

/** A kill comes within so many milliseconds of a checkout that the seed chose. */
const SOON_MS = 500;

/** Kills the server at random moments, and starts it again. */
export interface Chaos {
  /** To be told of every checkout. */
  readonly onPlaced: (checkouts: number) => void;
  /** Settles when the last kill is over; kills that nothing led to are done at once. */
  end(): Promise<void>;
}

/** @param orders how many are played: the moments are spread over all of them @param seed of every moment */
export function chaos(world: World, { kills, orders, seed }: { kills: number; orders: number; seed: number }): Chaos {
  const random = randomOf(seed);
  const moments = Array.from({ length: kills }, () => Math.floor(random() * orders)).sort((a, b) => a - b);
  let done = 0;
  let killing = Promise.resolve();
  const kill = async () => {
    await pause(random() * SOON_MS);
    await world.server.kill();
    world.server = await world.stack.startServer();
    done += 1;
    world.say.done(`kill -9 number ${done}, and started again`);
  };
  const killUpTo = (checkouts: number) => {
    while (moments[0] !== undefined && moments[0] < checkouts) {
      moments.shift();
      killing = killing.then(kill);
      // told by end(), for whom it may be early
      killing.catch(() => undefined);
    }
  };
  return {
    onPlaced: killUpTo,
    end: async () => {
      killUpTo(Number.POSITIVE_INFINITY);
      await killing;
    },
  };
}
