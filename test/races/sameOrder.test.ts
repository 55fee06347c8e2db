import assert from "node:assert/strict";
import { expireOrder } from "../../server/flows/expireOrder.ts";
import { once } from "../server/flows/market.ts";
import { PRICE, Sale } from "../server/flows/sale.ts";
import { onBothDatabases } from "../support/databases.ts";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  beforeEach(() => sale.chain.reach(sale.chain.nowS));
  after(() => sale.market.server.stop());

  const many = <T>(n: number, each: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: n }, (_, at) => each(at)));
  const wins = (answers: readonly { status: number }[]) => answers.filter(({ status }) => status < 300).length;
  const count = async (kind: string, id: string) => (await sale.tasks(kind, id)).length;

  it("is refunded by one of fifty refunds at once", async () => {
    const id = await sale.paid();
    const answers = await many(50, () => sale.seller.post(`/api/v1/orders/${id}/refunds`, { amount: "1000" }, once()));
    assert.deepEqual([wins(answers), await count("operator.void", id)], [1, 1]);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202, 409]));
  });

  it("is cancelled by one of fifty cancels at once, and its stock comes back once", async () => {
    const before = await sale.stock();
    const { id } = await sale.placed();
    const answers = await many(50, (n) => (n % 2 ? sale.ada.client : sale.seller).post(`/api/v1/orders/${id}/cancel`));
    assert.equal(wins(answers), 1);
    assert.deepEqual(await sale.stock(), before);
    assert.equal((await sale.order(id)).history.filter(({ event }) => event === "order.cancelled").length, 1);
  });

  it("is either sent or cancelled, never both", async () => {
    for (let round = 0; round < 4; round += 1) {
      const id = await sale.paid();
      const [ships, cancels] = await Promise.all([
        many(10, () => sale.seller.post(`/api/v1/orders/${id}/ship`)),
        many(10, () => sale.ada.client.post(`/api/v1/orders/${id}/cancel`)),
      ]);
      assert.equal(wins(ships) + wins(cancels), 1);
      assert.equal((await count("operator.capture", id)) + (await count("operator.void", id)), 1);
    }
  });

  it("comes to one end when payment, cancel and expiry meet", async () => {
    for (let round = 0; round < 6; round += 1) {
      const before = await sale.stock();
      const { id, authorizeBy } = await sale.placed();
      await sale.chain.reach(authorizeBy);
      await Promise.all([
        sale.chain.tell(id, "authorized"),
        sale.ada.client.post(`/api/v1/orders/${id}/cancel`),
        expireOrder(sale.market.house, id),
      ]);
      const { state } = await sale.order(id);
      const after = await sale.stock();
      // Whichever came first: the money of an order that stands is in the escrow, that of any other is on its way back.
      if (state === "confirmed") assert.equal(before.onHand - after.onHand, 1);
      else assert.deepEqual(after, before);
      const asksForVoid = await count("operator.void", id);
      assert.equal(
        asksForVoid,
        state === "confirmed"
          ? (await sale.order(id)).history.filter(({ event }) => event === "order.cancel_asked").length
          : 1,
      );
      await sale.chain.reach(sale.chain.nowS);
      if (state === "confirmed") {
        await sale.chain.tell(id, { voided: PRICE });
        assert.deepEqual(await sale.stock(), before);
      }
    }
  });

  it("keeps one signature of many that are given at once, and relays it once", async () => {
    const {
      id,
      body: { payment_id, authorizations },
    } = await sale.placed();
    const typedData = authorizations[0]?.typed_data;
    assert.ok(typedData);
    const signature = await sale.ada.account.signTypedData(typedData);
    const path = `/api/v1/payments/${payment_id}/authorizations`;
    const answers = await many(20, () => sale.ada.client.post(path, { signature }, once()));
    assert.equal(wins(answers), 20);
    assert.equal(await count("operator.relay_authorization", id), 1);
  });
});
