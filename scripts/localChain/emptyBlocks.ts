import type { Hex } from "viem";
import type { Ask } from "./node.ts";

/** After so many empty blocks in a row everything on the chain is final (12 deep), and it may go slower. */
const ENOUGH = 16;
const SLOWER = 15;

/**
 * Mines an empty block whenever none came for `everyMs`, so that confirmations and block time go on while nobody sends
 * anything; after 16 in a row only every fifteenth time.
 * @returns stops it, after a block that is being mined
 */
export function mineEmptyBlocks(ask: Ask, mine: () => Promise<void>, everyMs: number): () => Promise<void> {
  let seen = -1;
  let empty = 0;
  let waited = 0;
  let stopped = false;
  const tick = async () => {
    const tip = Number(await ask<Hex>("eth_blockNumber"));
    if (tip !== seen) {
      empty = 0;
      waited = 0;
    } else if (empty < ENOUGH || ++waited >= SLOWER) {
      await mine();
      empty += 1;
      waited = 0;
    }
    seen = Number(await ask<Hex>("eth_blockNumber"));
  };
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => (stopped ? undefined : tick()));
  }, everyMs);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}
