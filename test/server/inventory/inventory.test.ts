import assert from "node:assert/strict";
import fc from "fast-check";
import { type Context, system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { Problem } from "../../../server/core/http/problems.ts";
import { type Id, newId } from "../../../server/core/ids.ts";
import {
  giveBack,
  reserve,
  restock,
  restockPieces,
  setOnHand,
  stockOf,
  takeAgain,
  takeAll,
} from "../../../server/modules/inventory/index.ts";
import { mergedInIdOrder } from "../../../server/modules/inventory/rules.ts";
import { onBothDatabases } from "../../support/databases.ts";

const take = async (ctx: Context, orderId: Id): Promise<boolean> => (await takeAll(ctx, [orderId])).has(orderId);

const TEST = system("test");
const UNTIL = Date.UTC(2030, 0, 1);

const isProblem = (code: string, extra: Record<string, unknown>) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error));
  assert.equal(error.code, code);
  assert.deepEqual(error.extra, extra);
  return true;
};

describe("the lines of a reservation", () => {
  it("are merged, sorted and keep every piece", () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ goodId: fc.constantFrom("a", "b", "c", "d"), count: fc.integer({ min: 1, max: 999 }) })),
        (lines) => {
          const merged = mergedInIdOrder(lines);
          const ids = merged.map(({ goodId }) => goodId);
          assert.deepEqual(ids, [...new Set(lines.map(({ goodId }) => goodId))].sort());
          for (const { goodId, count } of merged) {
            const own = lines.filter((line) => line.goodId === goodId);
            assert.equal(
              count,
              own.reduce((sum, line) => sum + line.count, 0),
            );
          }
        },
      ),
    ));
});

onBothDatabases((db) => {
  const write = <T>(fn: (ctx: Context) => Promise<T>) => db.database().write(TEST, fn);
  const stock = (goodId: Id) => db.database().read(TEST, (ctx) => stockOf(ctx, goodId));
  const goodWith = async (onHand: number): Promise<Id> => {
    const goodId = newId();
    await write((ctx) => setOnHand(ctx, goodId, onHand));
    return goodId;
  };
  const order = async (...lines: { goodId: Id; count: number }[]): Promise<Id> => {
    const orderId = newId();
    await write((ctx) => reserve(ctx, orderId, lines, UNTIL));
    return orderId;
  };

  it("reserves, takes and has nothing to give back afterwards", async () => {
    const goodId = await goodWith(10);
    const orderId = await order({ goodId, count: 2 }, { goodId, count: 1 });
    assert.deepEqual(await stock(goodId), { onHand: 10, reserved: 3, available: 7 });

    assert.equal(await write((ctx) => take(ctx, orderId)), true);
    assert.deepEqual(await stock(goodId), { onHand: 7, reserved: 0, available: 7 });
    assert.equal(await write((ctx) => take(ctx, orderId)), true);
    await write((ctx) => giveBack(ctx, [orderId]));
    assert.deepEqual(await stock(goodId), { onHand: 7, reserved: 0, available: 7 });
  });

  it("gives back once, and does not take what was given back", async () => {
    const goodId = await goodWith(5);
    const orderId = await order({ goodId, count: 5 });
    await write((ctx) => giveBack(ctx, [orderId]));
    await write((ctx) => giveBack(ctx, [orderId]));
    assert.equal(await write((ctx) => take(ctx, orderId)), false);
    await write((ctx) => restock(ctx, new Map([[orderId, []]])));
    assert.deepEqual(await stock(goodId), { onHand: 5, reserved: 0, available: 5 });
  });

  it("takes again what was given back while it is free, all of it or nothing", async () => {
    const [a, b] = [await goodWith(5), await goodWith(5)];
    const lines = [a, b].map((goodId) => ({ goodId, count: 4 }));
    const orderId = await order(...lines);
    await write((ctx) => giveBack(ctx, [orderId]));
    const other = await order({ goodId: b, count: 2 });
    assert.equal(await write((ctx) => takeAgain(ctx, orderId)), false);
    assert.deepEqual(await stock(a), { onHand: 5, reserved: 0, available: 5 });
    await write((ctx) => giveBack(ctx, [other]));
    assert.equal(await write((ctx) => takeAgain(ctx, orderId)), true);
    assert.equal(await write((ctx) => takeAgain(ctx, orderId)), true);
    assert.deepEqual([await stock(a), await stock(b)], Array(2).fill({ onHand: 1, reserved: 0, available: 1 }));
    await write((ctx) => restock(ctx, new Map([[orderId, []]])));
    assert.deepEqual(await stock(a), { onHand: 5, reserved: 0, available: 5 });
    assert.equal(await write((ctx) => takeAgain(ctx, newId())), true, "an order without stock needs none");
  });

  it("puts pieces back up to what was taken, and the rest at the end but for what is gone", async () => {
    const goodId = await goodWith(10);
    const orderId = await order({ goodId, count: 6 });
    const pieces = (count: number) => write((ctx) => restockPieces(ctx, orderId, [{ goodId, count }]));
    assert.deepEqual(await pieces(1), [], "they are only reserved");
    await write((ctx) => take(ctx, orderId));
    assert.deepEqual(await pieces(2), [{ goodId, count: 2 }]);
    assert.deepEqual(await pieces(5), []);
    assert.equal((await stock(goodId)).onHand, 6);
    await write((ctx) => restock(ctx, new Map([[orderId, [{ goodId, count: 3 }]]])));
    assert.equal((await stock(goodId)).onHand, 7, "six taken, two back, three gone: one more");
    assert.deepEqual(await pieces(1), []);
  });

  it("puts a piece back once, of fifty who try at once", async () => {
    const goodId = await goodWith(3);
    const orderId = await order({ goodId, count: 3 });
    await write((ctx) => take(ctx, orderId));
    const back = await Promise.all(
      Array.from({ length: 50 }, () => write((ctx) => restockPieces(ctx, orderId, [{ goodId, count: 2 }]))),
    );
    assert.deepEqual([back.flat().length, await stock(goodId)], [1, { onHand: 2, reserved: 0, available: 2 }]);
  });

  it("puts back once what was taken, and never what is only reserved", async () => {
    const goodId = await goodWith(5);
    const orderId = await order({ goodId, count: 4 });
    await write((ctx) => restock(ctx, new Map([[orderId, []]])));
    assert.deepEqual(await stock(goodId), { onHand: 5, reserved: 4, available: 1 });
    await write((ctx) => take(ctx, orderId));
    await write((ctx) => restock(ctx, new Map([[orderId, []]])));
    await write((ctx) => restock(ctx, new Map([[orderId, []]])));
    assert.deepEqual(await stock(goodId), { onHand: 5, reserved: 0, available: 5 });
  });

  it("reserves every line or none, and names the one that is short", async () => {
    const [plenty, few] = [await goodWith(100), await goodWith(2)];
    await assert.rejects(
      order({ goodId: plenty, count: 1 }, { goodId: few, count: 3 }),
      isProblem("out_of_stock", { good_id: few, available: 2 }),
    );
    assert.deepEqual(await stock(plenty), { onHand: 100, reserved: 0, available: 100 });
    const unknown = newId();
    await assert.rejects(
      order({ goodId: unknown, count: 1 }),
      isProblem("out_of_stock", { good_id: unknown, available: 0 }),
    );
  });

  it("does not let the stock fall below what orders hold", async () => {
    const goodId = await goodWith(10);
    await order({ goodId, count: 4 });
    await assert.rejects(
      write((ctx) => setOnHand(ctx, goodId, 3)),
      isProblem("stock_below_reserved", { good_id: goodId, reserved: 4 }),
    );
    assert.deepEqual(await write((ctx) => setOnHand(ctx, goodId, 4)), { onHand: 4, reserved: 4, available: 0 });
  });

  it("has a CHECK as the last net", async () => {
    const goodId = await goodWith(1);
    for (const change of ["reserved = 2", "reserved = -1", "on_hand = -1"])
      await assert.rejects(
        write((ctx) => sql(ctx.db, `UPDATE stock_level SET ${change} WHERE good_id = :goodId`, { goodId })),
        /check/i,
      );
  });

  it("sells the last ten to exactly ten of fifty who come at once", async () => {
    const goodId = await goodWith(10);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => order({ goodId, count: 1 })));
    const failed = results.filter((result) => result.status === "rejected");
    assert.equal(results.length - failed.length, 10);
    for (const { reason } of failed) isProblem("out_of_stock", { good_id: goodId, available: 0 })(reason);
    assert.deepEqual(await stock(goodId), { onHand: 10, reserved: 10, available: 0 });
  });

  it("does not lose a piece when orders hold the same goods in opposite order", async () => {
    const [a, b] = [await goodWith(50), await goodWith(50)];
    const orders = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const lines = [a, b].map((goodId) => ({ goodId, count: 1 }));
        return order(...(n % 2 === 0 ? lines : lines.reverse()));
      }),
    );
    await Promise.all(
      orders.flatMap((orderId, n) => [
        write(async (ctx) => {
          await (n % 2 === 0 ? take(ctx, orderId) : giveBack(ctx, [orderId]));
        }),
        write((ctx) => giveBack(ctx, [orderId])),
      ]),
    );
    const left = await stock(a);
    assert.deepEqual(await stock(b), left);
    assert.equal(left.reserved, 0);
  });

  it("takes or gives back, never both, when payment and expiry meet", async () => {
    const goodId = await goodWith(20);
    const orders: Id[] = [];
    for (let n = 0; n < 20; n += 1) orders.push(await order({ goodId, count: 1 }));
    const taken = await Promise.all(
      orders.map(async (orderId) => {
        const [held] = await Promise.all([
          write((ctx) => take(ctx, orderId)),
          write((ctx) => giveBack(ctx, [orderId])),
          write((ctx) => take(ctx, orderId)),
        ]);
        return held;
      }),
    );
    const sold = taken.filter(Boolean).length;
    assert.deepEqual(await stock(goodId), { onHand: 20 - sold, reserved: 0, available: 20 - sold });
  });
});
