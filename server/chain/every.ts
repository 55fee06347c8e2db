import type { ChainConfig } from "../config.ts";
import type { House } from "../core/house.ts";
import { startWorkers } from "../core/tasks.ts";
import { operatorLane } from "../modules/chains/index.ts";
import { type Chain, type ChainOptions, startChain } from "./index.ts";

/** One chain of the house with the workers of its operator's tasks. */
export interface FollowedChain extends Pick<Chain, "listener" | "readiness" | "stop"> {
  readonly id: number;
}

/** Follows every chain that is configured; what befalls one of them is nothing to the others. */
export const startChains = (house: House, options: ChainOptions = {}): FollowedChain[] =>
  house.config.chains.map((chain) => follow(house, chain, options));

/**
 * Its workers are apart from all others, so that many tasks are done together, and a silent node keeps nothing else
 * waiting, of another chain neither.
 */
function follow(house: House, place: ChainConfig, options: ChainOptions): FollowedChain {
  const { db, clock, config } = house;
  const log = house.log.child({ chain: place.id });
  const chain = startChain({ ...house, log, config: { ...config, chain: place } }, options);
  const workers = startWorkers({
    ...{ db, log, now: () => clock.now(), handlers: chain.handlers, concurrency: chain.concurrency },
    // What was emitted before there were lanes is of the usual chain.
    lane: { name: operatorLane(place.id), alsoWithout: place.id === config.chain.id },
  });
  return {
    ...{ id: place.id, listener: chain.listener, readiness: chain.readiness },
    stop: async () => {
      // Together: a task may be waiting for a node, and only the chain's stop ends that.
      await Promise.all([workers.stop(), chain.stop()]);
    },
  };
}
