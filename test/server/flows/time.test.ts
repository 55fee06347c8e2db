import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { startWorkers, type Workers } from "../../../server/core/tasks.ts";
import { expireOrder } from "../../../server/flows/expireOrder.ts";
import { releaseMatured } from "../../../server/flows/releaseMatured.ts";
import { startJobs } from "../../../server/jobs/index.ts";
import { stockOf } from "../../../server/modules/inventory/index.ts";
import { dropRequest } from "../../../server/modules/payments/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "./fakeChain.ts";
import { done, type Market, type OrderBody, once, openMarket, type PaymentBody, type Shopper } from "./market.ts";

const PRICE = 17_340_000n;

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

  const stock = () => db.database().read(system("test"), (ctx) => stockOf(ctx, mug));
  const order = async (id: string) => done(ada.client.get<OrderBody>(`/api/v1/orders/${id}`));
  const placed = async () => {
    const { body } = await market.order(ada, { [mug]: 1 });
    const [first] = body.orders;
    assert.ok(first, JSON.stringify(body));
    return { id: first.order_id, authorizeBy: first.terms.authorize_by };
  };
  const captured = async () => {
    const { id } = await placed();
    await chain.tell(id, "authorized");
    await done(market.sellers[0].client.post(`/api/v1/orders/${id}/ship`));
    await chain.tell(id, { captured: PRICE });
    return id;
  };
  const tasksOf = async (kind: string, id: string) => {
    const { rows } = await db
      .database()
      .read(system("test"), (ctx) =>
        sql<{ payload: string; run_at: number | string }>(
          ctx.db,
          "SELECT payload, run_at FROM task WHERE kind = :kind",
          { kind },
        ),
      );
    return rows.filter(({ payload }) => JSON.parse(payload).order_id === id);
  };

  describe("an order that was not paid", () => {
    it("ends when the chain's clock says that it cannot be paid any more, and not before", async () => {
      const before = await stock();
      const { id, authorizeBy } = await placed();
      const [task] = await tasksOf("order.expire", id);
      assert.equal(Number(task?.run_at), authorizeBy * 1_000);
      await chain.reach(authorizeBy - 1);
      assert.equal(await expireOrder(market.house, id), "waiting");
      assert.equal((await order(id)).status, "pending_payment");
      await chain.reach(authorizeBy);
      assert.equal(await expireOrder(market.house, id), "ended");
      assert.deepEqual([(await order(id)).status, await stock()], ["expired", before]);
      assert.equal(await expireOrder(market.house, id), "not_needed");
      assert.deepEqual(await stock(), before);
    });

    it("waits for a payment that was seen but is not confirmed", async () => {
      const { id, authorizeBy } = await placed();
      await chain.tell(id, "authorized", "seen");
      await chain.reach(authorizeBy + 5);
      assert.equal(await expireOrder(market.house, id), "waiting");
      await chain.deepen(id, "confirmed");
      assert.equal(await expireOrder(market.house, id), "not_needed");
      assert.equal((await order(id)).status, "paid");
    });

    it("gives a payment back that a reorg brought after the expiry, with a trace", async () => {
      const { id, authorizeBy } = await placed();
      await chain.reach(authorizeBy);
      await expireOrder(market.house, id);
      await chain.tell(id, "authorized");
      assert.equal((await tasksOf("operator.void", id)).length, 1);
      await chain.tell(id, { voided: PRICE });
      const { status, history } = await order(id);
      assert.equal(status, "refunded");
      assert.ok(history.some(({ event, note }) => event === "payment.return_asked" && note?.includes("expired")));
    });

    it("is cancelled when a reorg took its payment and the time to pay is over, unless it was sent", async () => {
      const before = await stock();
      const { id, authorizeBy } = await placed();
      await chain.tell(id, "authorized");
      await chain.takeBack(id, 1);
      assert.equal((await tasksOf("order.expire", id)).length, 2);
      await chain.reach(authorizeBy);
      assert.equal(await expireOrder(market.house, id), "ended");
      assert.deepEqual([(await order(id)).status, await stock()], ["cancelled", before]);

      await chain.reach(chain.nowS);
      const sent = await captured();
      await chain.takeBack(sent, 2);
      await chain.reach(authorizeBy + 60);
      assert.equal(await expireOrder(market.house, sent), "not_needed");
      assert.equal((await order(sent)).status, "on_hold");
    });
  });

  describe("captured money", () => {
    it("is released by the operator once its delay is over", async () => {
      const id = await captured();
      const [task] = await tasksOf("order.release", id);
      const releaseAt = Number(task?.run_at) / 1_000;
      assert.equal(releaseAt - chain.nowS <= market.house.config.settlement.releaseDelayS, true);
      await chain.reach(releaseAt - 1);
      assert.equal(await releaseMatured(market.house, id), "waiting");
      await chain.reach(releaseAt);
      assert.equal(await releaseMatured(market.house, id), "asked");
      assert.equal(await releaseMatured(market.house, id), "waiting");
      const [asked] = await tasksOf("operator.release", id);
      assert.equal(JSON.parse(asked?.payload ?? "{}").captured_before, `${PRICE}`);
      await chain.tell(id, { released: PRICE });
      assert.equal(await releaseMatured(market.house, id), "not_needed");
      assert.equal((await order(id)).status, "settled");
    });

    it("can be asked for again when the chain refused what was asked", async () => {
      const id = await captured();
      const path = `/api/v1/orders/${id}`;
      const refund = () =>
        market.sellers[0].client.post<{ requests: { request_id: string }[] }>(
          `${path}/refunds`,
          { amount: "5" },
          once(),
        );
      const [request] = (await done(refund())).requests;
      assert.ok(request);
      assert.equal((await refund()).status, 409);
      await db.database().write(system("operator"), (ctx) => dropRequest(ctx, request.request_id));
      assert.equal((await refund()).status, 202);
      const { release_at } = (await ada.client.get<PaymentBody & { release_at: string }>(`${path}/payment`)).body;
      await chain.reach(Date.parse(release_at) / 1_000);
      assert.equal(await releaseMatured(market.house, id), "asked", "a refund that came too late makes room");
    });
  });

  describe("the workers", () => {
    let workers: Workers;
    let jobs: ReturnType<typeof startJobs>;
    before(() => {
      jobs = startJobs(market.house);
      const { db: database, log } = market.house;
      const dayAhead = () => market.house.clock.now() + 24 * 3_600_000;
      workers = startWorkers({ db: database, log, now: dayAhead, handlers: jobs.handlers, pollMs: 20 });
    });
    after(async () => {
      await workers.stop();
      await jobs.stop();
    });

    it("end what is due", async () => {
      const { id, authorizeBy } = await placed();
      await chain.reach(authorizeBy);
      workers.wake();
      await eventually(async () => (await order(id)).status === "expired");
    });
  });
});
