import { deepEqual, equal, rejects } from "node:assert/strict";
import { inBatches } from "../../../server/core/batches.ts";

describe("inBatches", () => {
  it("does together what is asked for in one turn, and gives each its own answer", async () => {
    const rounds: number[][] = [];
    const double = inBatches(50, async (numbers: readonly number[]) => {
      rounds.push([...numbers]);
      return numbers.map((number) => number * 2);
    });
    deepEqual(await Promise.all([double(1), double(2), double(3)]), [2, 4, 6]);
    deepEqual(rounds, [[1, 2, 3]]);
  });

  it("runs one round at a time, and gives none more than it may have", async () => {
    let running = 0;
    let most = 0;
    const sizes: number[] = [];
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const same = inBatches(4, async (items: readonly number[]) => {
      running += 1;
      most = Math.max(most, running);
      sizes.push(items.length);
      await opened;
      running -= 1;
      return items;
    });
    const all = Promise.all(Array.from({ length: 10 }, (_, item) => same(item)));
    open();
    deepEqual(
      await all,
      Array.from({ length: 10 }, (_, item) => item),
    );
    equal(most, 1);
    deepEqual(sizes, [4, 4, 2]);
  });

  it("lets one fail without the others", async () => {
    const odd = inBatches(50, async (items: readonly number[]) =>
      items.map((item) => (item % 2 === 0 ? new Error(`${item} is even`) : item)),
    );
    const [one, two, three] = await Promise.allSettled([odd(1), odd(2), odd(3)]);
    deepEqual([one?.status, two?.status, three?.status], ["fulfilled", "rejected", "fulfilled"]);
  });

  it("fails a round that throws, and goes on with the next", async () => {
    let round = 0;
    const shaky = inBatches(2, async (items: readonly number[]) => {
      round += 1;
      if (round === 1) throw new Error("the first round broke");
      return items;
    });
    const all = [shaky(1), shaky(2), shaky(3)];
    await Promise.all([
      rejects(all[0] ?? Promise.resolve(), /first round broke/),
      rejects(all[1] ?? Promise.resolve(), /first round broke/),
    ]);
    equal(await all[2], 3);
  });
});
