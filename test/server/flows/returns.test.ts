import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { done, type OrderBody, once, told } from "./market.ts";
import { PRICE, Sale } from "./sale.ts";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  after(() => sale.market.server.stop());

  it("is cancelled at once while unpaid, and gives its stock back", async () => {
    const before = await sale.stock();
    const { id } = await sale.placed();
    const cancelled = await done(
      sale.ada.client.post<OrderBody>(`/api/v1/orders/${id}/cancel`, { reason: "changed mind" }),
    );
    assert.equal(cancelled.status, "cancelled");
    assert.deepEqual(await sale.stock(), before);
    assert.deepEqual(await told(sale.ada.client.post(`/api/v1/orders/${id}/cancel`)), [409, "order_not_cancellable"]);
    assert.equal((await sale.order(id)).history.at(-1)?.note, "changed mind");
    const refund = sale.seller.post(`/api/v1/orders/${id}/refunds`, { amount: "1" }, once());
    assert.deepEqual(await told(refund), [409, "order_not_refundable"]);
  });

  it("is voided when cancelled after payment, and ends when the chain says so", async () => {
    const before = await sale.stock();
    const id = await sale.paid();
    const asked = await done(sale.seller.post<OrderBody>(`/api/v1/orders/${id}/cancel`));
    assert.equal(asked.state, "confirmed");
    assert.equal((await sale.tasks("operator.void", id)).length, 1);
    assert.deepEqual(await told(sale.ada.client.post(`/api/v1/orders/${id}/cancel`)), [409, "payment_request_running"]);
    assert.deepEqual(await told(sale.seller.post(`/api/v1/orders/${id}/ship`)), [409, "payment_request_running"]);
    await sale.chain.tell(id, { voided: PRICE });
    assert.deepEqual(await sale.states(id), ["cancelled", "unfulfilled", "refunded"]);
    assert.deepEqual(await sale.stock(), before);

    await sale.chain.takeBack(id, 1);
    assert.equal((await sale.tasks("operator.void", id)).length, 2, "a void that a reorg took is asked again");
  });

  it("cannot be cancelled once it was sent; what was sent does not come back by itself", async () => {
    const before = await sale.stock();
    const id = await sale.shipped();
    assert.deepEqual(await told(sale.ada.client.post(`/api/v1/orders/${id}/cancel`)), [409, "order_not_cancellable"]);
    await done(sale.seller.post(`/api/v1/orders/${id}/refunds`, { amount: `${PRICE}` }, once()));
    await sale.chain.tell(id, { refunded: PRICE });
    assert.deepEqual(await sale.states(id), ["cancelled", "shipped", "refunded"]);
    assert.equal((await sale.stock()).onHand, before.onHand - 1);
  });

  it("gives money back that came for an order that had ended, with a trace", async () => {
    const { id } = await sale.placed();
    await done(sale.ada.client.post(`/api/v1/orders/${id}/cancel`));
    await sale.chain.tell(id, "authorized", "seen");
    assert.deepEqual(await sale.tasks("operator.void", id), []);
    await sale.chain.deepen(id, "confirmed");
    const [task] = await sale.tasks("operator.void", id);
    assert.equal(task?.amount, `${PRICE}`);
    await sale.chain.deepen(id, "final");
    assert.equal((await sale.tasks("operator.void", id)).length, 1);
    assert.deepEqual(await sale.told("payment.returning", id), [sale.ada.userId]);
    assert.ok((await sale.order(id)).history.some(({ event }) => event === "payment.return_asked"));
    await sale.chain.tell(id, { voided: PRICE });
    assert.deepEqual(await sale.states(id), ["cancelled", "unfulfilled", "refunded"]);
  });

  it("refunds what is held and what is captured, and no more than there is", async () => {
    const id = await sale.shipped(10_000_000n);
    const path = `/api/v1/orders/${id}/refunds`;
    const refund = (amount: bigint, client = sale.seller) =>
      client.post<{ requests: { kind: string; amount: string }[] }>(path, { amount: `${amount}` }, once());
    assert.deepEqual(await told(refund(1n, sale.ada.client)), [404, "order_not_found"]);
    assert.deepEqual(await told(refund(PRICE + 1n)), [409, "payment_amount_exceeded"]);
    assert.deepEqual(await told(sale.seller.post(path, { amount: "1" })), [400, "idempotency_key_required"]);
    const { requests } = await done(refund(10_000_000n));
    assert.deepEqual(
      requests.map(({ kind, amount }) => [kind, amount]),
      [
        ["void", "7340000"],
        ["refund", "2660000"],
      ],
    );
    assert.deepEqual(await told(refund(1n)), [409, "payment_request_running"]);
    await sale.chain.tell(id, { voided: 7_340_000n });
    await sale.chain.tell(id, { refunded: 2_660_000n });
    assert.equal((await sale.payment(id)).returned, "10000000");
    await sale.chain.reach(sale.chain.nowS + sale.market.house.config.settlement.releaseDelayS + 10);
    assert.deepEqual(await told(refund(1n)), [409, "order_not_refundable"]);
    await sale.chain.reach(sale.chain.nowS);
    await sale.chain.tell(id, { released: PRICE - 10_000_000n });
    assert.deepEqual(await told(refund(1n)), [409, "order_not_refundable"]);
    assert.deepEqual(await sale.states(id), ["completed", "delivered", "settled"]);
  });
});
