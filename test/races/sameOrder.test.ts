import assert from "node:assert/strict";
import { system } from "../../server/core/db/context.ts";
import { sql } from "../../server/core/db/sql.ts";
import { expireOrder } from "../../server/flows/expireOrder.ts";
import { stockOf } from "../../server/modules/inventory/index.ts";
import { FakeChain } from "../server/flows/fakeChain.ts";
import { done, type Market, type OrderBody, once, openMarket, type Shopper } from "../server/flows/market.ts";
import { onBothDatabases } from "../support/databases.ts";
import { wallet } from "../support/wallets.ts";

const PRICE = 17_340_000n;
const TEST = system("test");

onBothDatabases((db) => {
  let market: Market;
  let chain: FakeChain;
  let ada: Shopper;
  let mug: string;

  before(async () => {
    market = await openMarket(db);
    chain = await FakeChain.start(market.house);
    ada = await market.shopper(wallet(5));
    mug = await market.good(0, "Mug", "1234", 1_000);
  });
  beforeEach(() => chain.reach(chain.nowS));
  after(() => market.server.stop());

  const stock = () => db.database().read(TEST, (ctx) => stockOf(ctx, mug));
  const order = async (id: string) => done(ada.client.get<OrderBody>(`/api/v1/orders/${id}`));
  const seller = () => market.sellers[0].client;
  const placed = async () => {
    const { orders, payment_id, authorizations } = await done(market.order(ada, { [mug]: 1 }));
    const [first] = orders;
    assert.ok(first);
    return { id: first.order_id, authorizeBy: first.terms.authorize_by, payment_id, authorizations };
  };
  const paid = async () => {
    const { id } = await placed();
    await chain.tell(id, "authorized");
    return id;
  };
  const many = <T>(n: number, each: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: n }, (_, at) => each(at)));
  const wins = (answers: readonly { status: number }[]) => answers.filter(({ status }) => status < 300).length;
  const count = async (kind: string, id: string) => {
    const { rows } = await db
      .database()
      .read(TEST, (ctx) => sql<{ payload: string }>(ctx.db, "SELECT payload FROM task WHERE kind = :kind", { kind }));
    return rows.filter(({ payload }) => JSON.parse(payload).order_id === id).length;
  };

  it("is refunded by one of fifty refunds at once", async () => {
    const id = await paid();
    const answers = await many(50, () => seller().post(`/api/v1/orders/${id}/refunds`, { amount: "1000" }, once()));
    assert.deepEqual([wins(answers), await count("operator.void", id)], [1, 1]);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202, 409]));
  });

  it("is cancelled by one of fifty cancels at once, and its stock comes back once", async () => {
    const before = await stock();
    const { id } = await placed();
    const answers = await many(50, (n) => (n % 2 ? ada.client : seller()).post(`/api/v1/orders/${id}/cancel`));
    assert.equal(wins(answers), 1);
    assert.deepEqual(await stock(), before);
    assert.equal((await order(id)).history.filter(({ event }) => event === "order.cancelled").length, 1);
  });

  it("is either sent or cancelled, never both", async () => {
    for (let round = 0; round < 4; round += 1) {
      const id = await paid();
      const [ships, cancels] = await Promise.all([
        many(10, () => seller().post(`/api/v1/orders/${id}/ship`)),
        many(10, () => ada.client.post(`/api/v1/orders/${id}/cancel`)),
      ]);
      assert.equal(wins(ships) + wins(cancels), 1);
      assert.equal((await count("operator.capture", id)) + (await count("operator.void", id)), 1);
    }
  });

  it("comes to one end when payment, cancel and expiry meet", async () => {
    for (let round = 0; round < 6; round += 1) {
      const before = await stock();
      const { id, authorizeBy } = await placed();
      await chain.reach(authorizeBy);
      await Promise.all([
        chain.tell(id, "authorized"),
        ada.client.post(`/api/v1/orders/${id}/cancel`),
        expireOrder(market.house, id),
      ]);
      const { state } = await order(id);
      const after = await stock();
      // Whichever came first: the money of an order that stands is in the escrow, that of any other is on its way back.
      if (state === "confirmed") assert.equal(before.onHand - after.onHand, 1);
      else assert.deepEqual(after, before);
      const asksForVoid = await count("operator.void", id);
      assert.equal(
        asksForVoid,
        state === "confirmed"
          ? (await order(id)).history.filter(({ event }) => event === "order.cancel_asked").length
          : 1,
      );
      await chain.reach(chain.nowS);
      if (state === "confirmed") {
        await chain.tell(id, { voided: PRICE });
        assert.deepEqual(await stock(), before);
      }
    }
  });

  it("keeps one signature of many that are given at once, and relays it once", async () => {
    const { id, payment_id, authorizations } = await placed();
    const typedData = authorizations[0]?.typed_data;
    assert.ok(typedData);
    const signature = await ada.account.signTypedData(typedData);
    const path = `/api/v1/payments/${payment_id}/authorizations`;
    const answers = await many(20, () => ada.client.post(path, { signature }, once()));
    assert.equal(wins(answers), 20);
    assert.equal(await count("operator.relay_authorization", id), 1);
  });
});
