import { type EscrowWorld, openEscrowWorld } from "../server/protocol/escrowWorld.ts";
import { games } from "../server/protocol/play/game.ts";

describe("the fold of an escrow's logs, on a chain of its own", function () {
  this.timeout(120_000);
  let world: EscrowWorld;
  before(async () => {
    world = await openEscrowWorld();
  });
  after(() => world.close());

  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  for (const each of [20_260_802, seed])
    it(`equals the contract's views after every step, SEED=${each}`, async () => {
      await games(world, world.fresh, { seed: each, numRuns: 2, steps: 40 });
    });
});
