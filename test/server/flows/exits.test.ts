import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { done, type ExitBody, type OrderBody, once, told } from "./market.ts";
import { PRICE, Sale } from "./sale.ts";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  beforeEach(() => sale.chain.reach(sale.chain.nowS));
  after(() => sale.market.server.stop());

  const signed = async ({ deadline, typed_data }: ExitBody, account = sale.ada.account) => ({
    deadline,
    signature: await account.signTypedData(typed_data),
  });
  const send = (exit: ExitBody, body: unknown, client = sale.ada.client) =>
    client.post<OrderBody>(exit.submit_to, body);

  describe("the burning of terms", () => {
    const offer = async (id: string) => {
      const { cancel_terms } = await sale.payment(id);
      assert.ok(cancel_terms);
      return cancel_terms;
    };

    it("ends an unpaid order once the chain says so, and frees its stock", async () => {
      const before = await sale.stock();
      const { id, authorizeBy } = await sale.placed();
      const exit = await offer(id);
      assert.deepEqual([exit.deadline, exit.typed_data.primaryType], [authorizeBy, "CancelTerms"]);
      assert.equal((await sale.payment(id, sale.seller)).cancel_terms, null, "only the payer is shown what to sign");
      const body = await signed(exit);
      const answer = await done(send(exit, body));
      assert.equal(answer.status, "pending_payment");
      await done(send(exit, body));
      assert.deepEqual(await sale.tasks("operator.cancel_terms", id), [
        { order_id: id, deadline: `${authorizeBy}`, signature: body.signature },
      ]);
      await sale.chain.tell(id, "cancelled", "seen");
      assert.deepEqual(await sale.states(id), ["placed", "unfulfilled", "pending_payment"]);
      await sale.chain.deepen(id, "confirmed");
      assert.deepEqual(await sale.states(id), ["cancelled", "unfulfilled", "cancelled"]);
      assert.deepEqual(await sale.stock(), before);
      const { state, cancel_terms } = await sale.payment(id);
      assert.deepEqual([state, cancel_terms], ["cancelled", null]);
      const { history } = await sale.order(id);
      assert.deepEqual(
        history.map(({ event, actor }) => [event, actor]),
        [
          ["order.placed", sale.ada.userId],
          ["payment.cancel_terms_asked", sale.ada.userId],
          ["payment.cancel_terms_asked", sale.ada.userId],
          ["payment.cancelled", "listener"],
          ["payment.cancelled", "listener"],
          ["order.cancelled", "listener"],
        ],
      );
      assert.deepEqual(await told(send(exit, body)), [409, "order_not_cancellable"]);
    });

    it("can be asked for an order that was cancelled here, so that no late payment comes", async () => {
      const { id } = await sale.placed();
      await done(sale.ada.client.post(`/api/v1/orders/${id}/cancel`));
      const exit = await offer(id);
      await done(send(exit, await signed(exit)));
      await sale.chain.tell(id, "cancelled");
      assert.deepEqual(await sale.states(id), ["cancelled", "unfulfilled", "cancelled"]);
    });

    it("is refused from anybody else, for another deadline, too late, and once paid", async () => {
      const { id, authorizeBy } = await sale.placed();
      const exit = await offer(id);
      const body = await signed(exit);
      const eve = await sale.market.shopper(wallet(6));
      for (const client of [eve.client, sale.seller])
        assert.deepEqual(await told(send(exit, body, client)), [404, "order_not_found"]);
      assert.deepEqual(await told(send(exit, await signed(exit, wallet(7)))), [400, "signature_mismatch"]);
      assert.deepEqual(await told(send(exit, { ...body, deadline: body.deadline + 1 })), [400, "signature_mismatch"]);
      for (const bad of [{}, { ...body, deadline: "1" }, { ...body, deadline: 0 }, { ...body, amount: "1" }])
        assert.equal((await send(exit, bad as unknown)).status, 400, JSON.stringify(bad));
      await sale.chain.reach(authorizeBy);
      assert.deepEqual(await told(send(exit, body)), [409, "payment_expired"]);
      assert.equal((await sale.payment(id)).cancel_terms, null);
      await sale.chain.reach(sale.chain.nowS);
      await sale.chain.tell(id, "authorized");
      assert.deepEqual(await told(send(exit, body)), [409, "order_not_cancellable"]);
      assert.equal((await sale.payment(id)).cancel_terms, null);
    });
  });

  describe("a signed reclaim", () => {
    const captureByOf = async (id: string) => (await sale.order(id)).terms.capture_by;

    it("brings back what is held once nobody can capture it", async () => {
      const before = await sale.stock();
      const id = await sale.paid();
      assert.equal((await sale.payment(id)).reclaim, null);
      await sale.chain.reach(await captureByOf(id));
      const { reclaim: exit } = await sale.payment(id);
      assert.ok(exit);
      assert.equal(exit.typed_data.primaryType, "Reclaim");
      const body = await signed(exit);
      await done(send(exit, body));
      assert.deepEqual(await told(send(exit, body)), [409, "payment_request_running"]);
      const [task] = await sale.tasks("operator.reclaim", id);
      assert.deepEqual(
        [task?.amount, task?.held_before, task?.deadline, task?.signature],
        [`${PRICE}`, `${PRICE}`, `${exit.deadline}`, body.signature],
      );
      assert.deepEqual(
        (await sale.payment(id)).requests.map(({ kind }) => kind),
        ["reclaim"],
      );
      await sale.chain.tell(id, { reclaimed: PRICE });
      assert.deepEqual(await sale.states(id), ["cancelled", "unfulfilled", "refunded"]);
      assert.deepEqual(await sale.stock(), before);
    });

    it("takes the place of a capture that came too late", async () => {
      const id = await sale.paid();
      await done(sale.seller.post(`/api/v1/orders/${id}/ship`));
      await sale.chain.reach(await captureByOf(id));
      const { reclaim: exit } = await sale.payment(id);
      assert.ok(exit);
      await done(send(exit, await signed(exit)));
      assert.equal((await sale.tasks("operator.reclaim", id)).length, 1);
    });

    it("is refused before its time, from anybody else, and where nothing is held", async () => {
      const id = await sale.paid();
      const captureBy = await captureByOf(id);
      await sale.chain.reach(captureBy);
      const { reclaim: exit } = await sale.payment(id);
      assert.ok(exit);
      const body = await signed(exit);
      await sale.chain.reach(captureBy - 1);
      assert.deepEqual(await told(send(exit, body)), [409, "payment_not_reclaimable"]);
      await sale.chain.reach(captureBy);
      assert.deepEqual(await told(send(exit, body, sale.seller)), [404, "order_not_found"]);
      assert.deepEqual(await told(send(exit, await signed(exit, wallet(7)))), [400, "signature_mismatch"]);
      await sale.chain.reach(exit.deadline);
      assert.deepEqual(await told(send(exit, body)), [409, "payment_expired"]);
      await sale.chain.reach(captureBy);
      await sale.chain.tell(id, { voided: PRICE });
      assert.deepEqual(await told(send(exit, body)), [409, "payment_not_reclaimable"]);
    });

    it("is asked once by twenty at once", async () => {
      const id = await sale.paid();
      await sale.chain.reach(await captureByOf(id));
      const { reclaim: exit } = await sale.payment(id);
      assert.ok(exit);
      const body = await signed(exit);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => sale.ada.client.post(exit.submit_to, body, once())),
      );
      assert.equal(answers.filter(({ status }) => status === 202).length, 1);
      assert.equal((await sale.tasks("operator.reclaim", id)).length, 1);
    });
  });
});
