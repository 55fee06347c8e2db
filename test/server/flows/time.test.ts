import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { startWorkers, type Workers } from "../../../server/core/tasks.ts";
import { expireOrder } from "../../../server/flows/expireOrder.ts";
import { releaseMatured } from "../../../server/flows/releaseMatured.ts";
import { startJobs } from "../../../server/jobs/index.ts";
import { giveBack } from "../../../server/modules/inventory/index.ts";
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

  describe("an order that was paid although its stock was given back", () => {
    const giveStockBack = (id: string) => db.database().write(system("test"), (ctx) => giveBack(ctx, [id]));
    const leave = (onHand: number) => done(sale.seller.put(`/api/v1/goods/${sale.mug}/stock`, { on_hand: onHand }));

    it("takes it again while it is free", async () => {
      const before = await sale.stock();
      const { id } = await sale.placed();
      await giveStockBack(id);
      await sale.chain.tell(id, "authorized");
      assert.equal((await sale.order(id)).status, "paid");
      assert.deepEqual(await sale.stock(), { ...before, onHand: before.onHand - 1, available: before.available - 1 });
    });

    it("ends with its money on the way back when it is sold by now, with a trail", async () => {
      const { onHand, reserved } = await sale.stock();
      const { id } = await sale.placed();
      await giveStockBack(id);
      await leave(reserved);
      await sale.chain.tell(id, "authorized");
      const [task] = await sale.tasks("operator.void", id);
      assert.equal(task?.amount, `${PRICE}`);
      const both = new Set([sale.ada.userId, sale.market.sellers[0].userId]);
      assert.deepEqual(new Set(await sale.told("order.cancelled", id)), both);
      assert.deepEqual(await sale.told("payment.returning", id), [sale.ada.userId]);
      await sale.chain.tell(id, { voided: PRICE });
      const { status, history } = await sale.order(id);
      assert.equal(status, "refunded");
      assert.deepEqual(
        history.map(({ event, actor }) => [event, actor]),
        [
          ["order.placed", sale.ada.userId],
          ["payment.authorized", "listener"],
          ["order.cancelled", "listener"],
          ["payment.return_asked", "listener"],
          ["payment.voided", "listener"],
        ],
      );
      assert.deepEqual(await sale.stock(), { onHand: reserved, reserved, available: 0 });
      await leave(onHand);
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

    it("is released after all when a reorg took it just as its time came, and brought it back as it was", async () => {
      const id = await sale.shipped();
      const [releaseAt = 0] = await sale.dueS("order.release", id);
      const taken = await sale.chain.takeBack(id, 1);
      await sale.chain.reach(releaseAt);
      assert.equal(await releaseMatured(sale.market.house, id), "not_needed");
      await sale.chain.bringBack(id, taken);
      assert.deepEqual(await sale.dueS("order.release", id), [releaseAt, releaseAt]);
      assert.equal(await releaseMatured(sale.market.house, id), "asked");
    });

    it("is asked for together where several are due, each once", async () => {
      const ids = [await sale.shipped(), await sale.shipped(), await sale.shipped(PRICE - 5n)];
      const later = await sale.paid();
      const due = await Promise.all(ids.map(async (id) => (await sale.dueS("order.release", id))[0] ?? 0));
      await sale.chain.reach(Math.max(...due));
      const [first = ""] = ids;
      assert.equal(await releaseMatured(sale.market.house, first), "asked");
      const asked = await Promise.all(ids.map((id) => sale.tasks("operator.release", id)));
      assert.deepEqual(
        asked.map((tasks) => tasks.map(({ amount }) => amount)),
        [[`${PRICE}`], [`${PRICE}`], [`${PRICE - 5n}`]],
      );
      const runAt = await Promise.all(ids.map((id) => sale.dueS("operator.release", id)));
      assert.ok(Math.max(...runAt.flat()) - Math.min(...runAt.flat()) < 1, "one batch finds all of them");
      assert.deepEqual(await sale.tasks("operator.release", later), []);
      await Promise.all(ids.map((id) => releaseMatured(sale.market.house, id)));
      assert.equal((await sale.tasks("operator.release", first)).length, 1);
      const { history } = await sale.order(ids[1] ?? "");
      assert.deepEqual(
        history.filter(({ event }) => event === "payment.release_asked").map(({ actor }) => actor),
        ["settlement"],
      );
    });

    it("is looked after until it is released: what the chain refused is asked for again", async () => {
      const jobs = startJobs(sale.market.house);
      const run = () =>
        jobs.handlers["order.release"]?.({ id: "", kind: "order.release", payload: { order_id: id }, attempts: 1 });
      const id = await sale.shipped();
      const [releaseAt = 0] = await sale.dueS("order.release", id);
      await sale.chain.reach(releaseAt);
      await assert.rejects(async () => run(), /the operator was asked/);
      await assert.rejects(async () => run(), /has not come that far/);
      const [task] = await sale.tasks("operator.release", id);
      await db.database().write(system("operator"), (ctx) => dropRequest(ctx, task?.request_id ?? ""));
      await assert.rejects(async () => run(), /the operator was asked/);
      await sale.chain.tell(id, { released: PRICE });
      await run();
      await jobs.stop();
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
