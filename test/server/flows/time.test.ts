import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { startWorkers, type Workers } from "../../../server/core/tasks.ts";
import { expireOrder } from "../../../server/flows/expireOrder.ts";
import { releaseMatured } from "../../../server/flows/releaseMatured.ts";
import { startJobs } from "../../../server/jobs/index.ts";
import { dropRequest } from "../../../server/modules/payments/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { done, once, type PaymentBody } from "./market.ts";
import { PRICE, Sale } from "./sale.ts";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  beforeEach(() => sale.chain.reach(sale.chain.nowS));
  after(() => sale.market.server.stop());

  describe("an order that was not paid", () => {
    it("ends when the chain's clock says that it cannot be paid any more, and not before", async () => {
      const before = await sale.stock();
      const { id, authorizeBy } = await sale.placed();
      assert.deepEqual(await sale.dueS("order.expire", id), [authorizeBy]);
      await sale.chain.reach(authorizeBy - 1);
      assert.equal(await expireOrder(sale.market.house, id), "waiting");
      assert.equal((await sale.order(id)).status, "pending_payment");
      await sale.chain.reach(authorizeBy);
      assert.equal(await expireOrder(sale.market.house, id), "ended");
      assert.deepEqual([(await sale.order(id)).status, await sale.stock()], ["expired", before]);
      assert.equal(await expireOrder(sale.market.house, id), "not_needed");
      assert.deepEqual(await sale.stock(), before);
    });

    it("waits for a payment that was seen but is not confirmed", async () => {
      const { id, authorizeBy } = await sale.placed();
      await sale.chain.tell(id, "authorized", "seen");
      await sale.chain.reach(authorizeBy + 5);
      assert.equal(await expireOrder(sale.market.house, id), "waiting");
      await sale.chain.deepen(id, "confirmed");
      assert.equal(await expireOrder(sale.market.house, id), "not_needed");
      assert.equal((await sale.order(id)).status, "paid");
    });

    it("gives a payment back that a reorg brought after the expiry, with a trace", async () => {
      const { id, authorizeBy } = await sale.placed();
      await sale.chain.reach(authorizeBy);
      await expireOrder(sale.market.house, id);
      await sale.chain.tell(id, "authorized");
      assert.equal((await sale.tasks("operator.void", id)).length, 1);
      await sale.chain.tell(id, { voided: PRICE });
      const { status, history } = await sale.order(id);
      assert.equal(status, "refunded");
      assert.ok(history.some(({ event, note }) => event === "payment.return_asked" && note?.includes("expired")));
    });

    it("is cancelled when a reorg took its payment and the time to pay is over, unless it was sent", async () => {
      const before = await sale.stock();
      const { id, authorizeBy } = await sale.placed();
      await sale.chain.tell(id, "authorized");
      await sale.chain.takeBack(id, 1);
      assert.equal((await sale.tasks("order.expire", id)).length, 2);
      await sale.chain.reach(authorizeBy);
      assert.equal(await expireOrder(sale.market.house, id), "ended");
      assert.deepEqual([(await sale.order(id)).status, await sale.stock()], ["cancelled", before]);

      await sale.chain.reach(sale.chain.nowS);
      const sent = await sale.shipped();
      await sale.chain.takeBack(sent, 2);
      await sale.chain.reach(authorizeBy + 60);
      assert.equal(await expireOrder(sale.market.house, sent), "not_needed");
      assert.equal((await sale.order(sent)).status, "on_hold");
    });
  });

  describe("captured money", () => {
    it("is released by the operator once its delay is over", async () => {
      const id = await sale.shipped();
      const [releaseAt] = await sale.dueS("order.release", id);
      assert.ok(releaseAt);
      assert.equal(releaseAt - sale.chain.nowS <= sale.market.house.config.settlement.releaseDelayS, true);
      await sale.chain.reach(releaseAt - 1);
      assert.equal(await releaseMatured(sale.market.house, id), "waiting");
      await sale.chain.reach(releaseAt);
      assert.equal(await releaseMatured(sale.market.house, id), "asked");
      assert.equal(await releaseMatured(sale.market.house, id), "waiting");
      const [asked] = await sale.tasks("operator.release", id);
      assert.equal(asked?.captured_before, `${PRICE}`);
      await sale.chain.tell(id, { released: PRICE });
      assert.equal(await releaseMatured(sale.market.house, id), "not_needed");
      assert.equal((await sale.order(id)).status, "settled");
    });

    it("can be asked for again when the chain refused what was asked", async () => {
      const id = await sale.shipped();
      const path = `/api/v1/orders/${id}`;
      const refund = () =>
        sale.seller.post<{ requests: { request_id: string }[] }>(`${path}/refunds`, { amount: "5" }, once());
      const [request] = (await done(refund())).requests;
      assert.ok(request);
      assert.equal((await refund()).status, 409);
      await db.database().write(system("operator"), (ctx) => dropRequest(ctx, request.request_id));
      assert.equal((await refund()).status, 202);
      const { release_at } = (await sale.ada.client.get<PaymentBody & { release_at: string }>(`${path}/payment`)).body;
      await sale.chain.reach(Date.parse(release_at) / 1_000);
      assert.equal(await releaseMatured(sale.market.house, id), "asked", "a refund that came too late makes room");
    });
  });

  describe("the workers", () => {
    let workers: Workers;
    let jobs: ReturnType<typeof startJobs>;
    before(() => {
      jobs = startJobs(sale.market.house);
      const { db: database, log } = sale.market.house;
      const dayAhead = () => sale.market.house.clock.now() + 24 * 3_600_000;
      workers = startWorkers({ db: database, log, now: dayAhead, handlers: jobs.handlers, pollMs: 20 });
    });
    after(async () => {
      await workers.stop();
      await jobs.stop();
    });

    it("end what is due", async () => {
      const { id, authorizeBy } = await sale.placed();
      await sale.chain.reach(authorizeBy);
      workers.wake();
      await eventually(async () => (await sale.order(id)).status === "expired");
    });
  });
});
