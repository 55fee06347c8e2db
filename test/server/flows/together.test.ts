import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { giveBack } from "../../../server/modules/inventory/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { Deed } from "./fakeChain.ts";
import { done, once } from "./market.ts";
import { PRICE, Sale } from "./sale.ts";

/** A third of what an order costs. */
const PART = PRICE / 3n;

/** What may lie in one range of blocks of an order that was paid or, when it begins so, is paid in it. */
const STORIES: readonly (readonly Deed[])[] = [
  ["authorized"],
  ["authorized", { voided: PRICE }],
  ["authorized", { voided: PART }],
  ["authorized", { captured: PRICE }, { released: PRICE }],
  ["authorized", { captured: PRICE }, { refunded: PART }, { released: PRICE - PART }],
  ["cancelled"],
  [{ voided: PRICE }],
  [{ captured: PRICE }, { refunded: PRICE }],
  [{ captured: PRICE }, { released: PRICE }],
];

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  after(() => sale.market.server.stop());

  /** Orders for the stories to happen to, those that are paid before them paid. */
  const orders = async (): Promise<(readonly [string, readonly Deed[]])[]> => {
    const made: (readonly [string, readonly Deed[]])[] = [];
    for (const story of STORIES) {
      const isNew = typeof story[0] === "string";
      made.push([isNew ? (await sale.placed()).id : await sale.paid(), story]);
    }
    return made;
  };

  /** All that people see of an order. */
  const seen = async (id: string) => {
    const { state, fulfilment, status, history } = await sale.order(id);
    const told = ["payment.confirmed", "order.completed", "order.cancelled", "payment.returning"];
    const whom = await Promise.all(told.map((news) => sale.told(news, id)));
    return { state, fulfilment, status, history: history.map(({ event, note }) => [event, note]), whom };
  };

  it("makes of orders in one range what it makes of each in a range of its own", async () => {
    const start = await sale.stock();
    const alone = await orders();
    for (const each of alone) await sale.chain.tellTogether([each]);
    const between = await sale.stock();

    const together = await orders();
    await sale.chain.tellTogether(together.toReversed());
    for (const [at, [id]] of together.entries()) assert.deepEqual(await seen(id), await seen(alone[at]?.[0] ?? ""));
    const end = await sale.stock();
    const changed = { onHand: between.onHand - start.onHand, reserved: 0, available: between.onHand - start.onHand };
    assert.equal(end.onHand - between.onHand, changed.onHand);
    assert.deepEqual([changed.onHand, end.reserved], [-5, 0], "four ended with nothing sold");
  });

  it("gives an order whose goods were sold those that another one gives back in the same range", async () => {
    const before = await sale.stock();
    const { id: late } = await sale.placed();
    const sold = await sale.paid();
    await db.database().write(system("test"), (ctx) => giveBack(ctx, [late]));
    await done(sale.seller.put(`/api/v1/goods/${sale.mug}/stock`, { on_hand: 0 }));
    await sale.chain.tellTogether([
      [late, ["authorized"]],
      [sold, [{ voided: PRICE }]],
    ]);
    assert.deepEqual([(await sale.order(late)).state, (await sale.order(sold)).state], ["confirmed", "cancelled"]);
    assert.deepEqual(await sale.stock(), { onHand: 0, reserved: 0, available: 0 });
    await done(sale.seller.put(`/api/v1/goods/${sale.mug}/stock`, { on_hand: before.onHand }));
  });

  it("puts the pieces of refunded lines back once, for all orders of a range", async () => {
    const ids = [await sale.paid(), await sale.paid()];
    const before = await sale.stock();
    const lines = [{ good_id: sale.mug, count: 1 }];
    for (const id of ids)
      await done(sale.seller.post(`/api/v1/orders/${id}/refunds`, { lines, restock: true }, once()));
    await sale.chain.tellTogether(ids.map((id) => [id, [{ voided: PRICE }]]));
    for (const id of ids) {
      const { state, history } = await sale.order(id);
      assert.equal(state, "cancelled");
      assert.deepEqual(
        history.slice(-3).map(({ event }) => event),
        ["payment.voided", "order.restocked", "order.cancelled"],
      );
    }
    assert.equal((await sale.stock()).onHand, before.onHand + 2);
  });
});
