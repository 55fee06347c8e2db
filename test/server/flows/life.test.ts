import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { done, type OrderBody, once, told } from "./market.ts";
import { PRICE, Sale } from "./sale.ts";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  after(() => sale.market.server.stop());

  it("goes from placed to settled: paid, sent, received, released", async () => {
    const before = await sale.stock();
    const id = await sale.paid();
    assert.deepEqual(await sale.states(id), ["confirmed", "unfulfilled", "paid"]);
    assert.deepEqual(await sale.stock(), { ...before, onHand: before.onHand - 1, available: before.available - 1 });
    assert.deepEqual(
      new Set(await sale.told("payment.confirmed", id)),
      new Set([sale.ada.userId, sale.market.sellers[0].userId]),
    );

    const sent = await done(sale.seller.post<OrderBody>(`/api/v1/orders/${id}/ship`, {}));
    assert.deepEqual([sent.status, sent.fulfilment], ["shipped", "shipped"]);
    const [capture] = await sale.tasks("operator.capture", id);
    assert.deepEqual([capture?.amount, capture?.held_before], [`${PRICE}`, `${PRICE}`]);
    assert.deepEqual(
      (await sale.payment(id)).requests.map(({ kind, amount }) => [kind, amount]),
      [["capture", `${PRICE}`]],
    );
    await sale.chain.tell(id, { captured: PRICE });

    const { release, requests, captured } = await sale.payment(id);
    assert.deepEqual([requests, captured], [[], `${PRICE}`]);
    assert.ok(release);
    const signature = await sale.ada.account.signTypedData(release.typed_data);
    const receipt = { captured, nonce: release.nonce, deadline: release.deadline, signature };
    const received = await done(sale.ada.client.post<OrderBody>(`/api/v1/orders/${id}/confirm_receipt`, receipt));
    assert.equal(received.status, "delivered");
    const [task] = await sale.tasks("operator.release", id);
    assert.deepEqual([task?.nonce, task?.deadline, task?.signature], [release.nonce, `${release.deadline}`, signature]);

    await sale.chain.tell(id, { released: PRICE }, "seen");
    assert.deepEqual(await sale.states(id), ["confirmed", "delivered", "delivered"]);
    await sale.chain.deepen(id, "confirmed");
    assert.deepEqual(await sale.states(id), ["completed", "delivered", "settled"]);
    const events = (await sale.order(id)).history.map(({ event }) => event);
    assert.deepEqual(
      events.filter((event) => event.startsWith("order.")),
      ["order.placed", "order.confirmed", "order.shipped", "order.receipt_confirmed", "order.completed"],
    );
  });

  it("waits for confirmations before it is paid", async () => {
    const { id } = await sale.placed();
    await sale.chain.tell(id, "authorized", "seen");
    assert.deepEqual(await sale.states(id), ["placed", "unfulfilled", "pending_payment"]);
    assert.equal((await sale.payment(id)).confidence, "seen");
    await sale.chain.deepen(id, "confirmed");
    assert.deepEqual(await sale.states(id), ["confirmed", "unfulfilled", "paid"]);
    await sale.chain.deepen(id, "final");
    await sale.chain.deepen(id, "final");
    assert.equal((await sale.told("payment.confirmed", id)).length, 2);
  });

  it("takes the payer's signature once, and only the payer's", async () => {
    const { id, body } = await sale.placed();
    const path = `/api/v1/payments/${body.payment_id}/authorizations`;
    const [asked] = body.authorizations;
    assert.ok(asked?.typed_data);
    const signature = await sale.ada.account.signTypedData(asked.typed_data);
    const forged = await wallet(7).signTypedData(asked.typed_data);
    assert.deepEqual(await told(sale.ada.client.post(path, { signature: forged }, once())), [
      400,
      "signature_mismatch",
    ]);
    for (const bad of ["0x", `${signature}00`, `0x${"00".repeat(65)}`, `${signature.slice(0, -2)}05`, highS(signature)])
      assert.equal((await sale.ada.client.post(path, { signature: bad }, once())).status, 400, bad);
    const eve = await sale.market.shopper(wallet(6));
    assert.deepEqual(await told(eve.client.post(path, { signature }, once())), [404, "not_found"]);

    const first = await sale.ada.client.post<{ orders: unknown[]; authorizations: unknown[] }>(
      path,
      { signature },
      once(),
    );
    assert.deepEqual([first.status, first.body.authorizations], [202, []]);
    const again = await sale.ada.client.post(path, { signature: withOtherV(signature) }, once());
    assert.deepEqual(again.body, first.body);
    assert.deepEqual(await sale.tasks("operator.relay_authorization", id), [{ order_id: id }]);
    assert.deepEqual(await told(sale.ada.client.post(path, { signature })), [400, "idempotency_key_required"]);

    const { id: other, body: late } = await sale.placed();
    const [askedLate] = late.authorizations;
    assert.ok(askedLate?.typed_data);
    const lateSignature = await sale.ada.account.signTypedData(askedLate.typed_data);
    const latePath = `/api/v1/payments/${late.payment_id}/authorizations`;
    await done(sale.ada.client.post(`/api/v1/orders/${other}/cancel`));
    const refused = sale.ada.client.post(latePath, { signature: lateSignature }, once());
    assert.deepEqual(await told(refused), [409, "payment_expired"]);
    const byMoney = await sale.market.order(sale.ada, { [sale.mug]: 1 }, { payment_method: "escrow_allowance" });
    const moneyPath = `/api/v1/payments/${byMoney.body.payment_id}/authorizations`;
    assert.deepEqual(await told(sale.ada.client.post(moneyPath, { signature }, once())), [
      409,
      "payment_method_unavailable",
    ]);
  });

  it("holds an order whose payment a reorg took, and goes on when it is back", async () => {
    const id = await sale.paid();
    await sale.chain.takeBack(id, 1);
    assert.deepEqual(await sale.states(id), ["on_hold", "unfulfilled", "on_hold"]);
    assert.deepEqual(
      new Set(await sale.told("payment.reverted", id)),
      new Set([sale.ada.userId, sale.market.sellers[0].userId]),
    );
    assert.deepEqual(await told(sale.seller.post(`/api/v1/orders/${id}/ship`)), [409, "order_not_shippable"]);
    await sale.chain.tell(id, "authorized");
    assert.deepEqual(await sale.states(id), ["confirmed", "unfulfilled", "paid"]);
    await done(sale.seller.post(`/api/v1/orders/${id}/ship`));
  });

  it("takes a completion back when a reorg takes the release, and completes again", async () => {
    const id = await sale.shipped();
    await sale.chain.tell(id, { released: PRICE });
    await sale.chain.takeBack(id, 1);
    assert.deepEqual(await sale.states(id), ["confirmed", "delivered", "delivered"]);
    await sale.chain.tell(id, { released: PRICE });
    assert.deepEqual(await sale.states(id), ["completed", "delivered", "settled"]);
    await sale.chain.takeBack(id, 3);
    assert.deepEqual(await sale.states(id), ["on_hold", "delivered", "on_hold"]);
  });

  it("is sent in parts: each captures its own, none twice", async () => {
    const id = await sale.paid();
    const path = `/api/v1/orders/${id}/ship`;
    assert.deepEqual(await told(sale.seller.post(path, { amount: `${PRICE + 1n}` })), [409, "payment_amount_exceeded"]);
    await done(sale.seller.post(path, { amount: "1000" }));
    assert.deepEqual(await told(sale.seller.post(path, {})), [409, "payment_request_running"]);
    await sale.chain.tell(id, { captured: 1_000n });
    await done(sale.seller.post(path, {}));
    const amounts = (await sale.tasks("operator.capture", id)).map(({ amount, held_before }) => [amount, held_before]);
    assert.deepEqual(amounts, [
      ["1000", `${PRICE}`],
      [`${PRICE - 1_000n}`, `${PRICE - 1_000n}`],
    ]);
    await sale.chain.tell(id, { captured: PRICE - 1_000n });
    assert.deepEqual(await told(sale.seller.post(path, {})), [409, "order_not_shippable"]);
  });
});

/** The same signature with v as 0 or 1, as some wallets give it. */
const withOtherV = (signature: string): string =>
  signature.slice(0, -2) + (Number.parseInt(signature.slice(-2), 16) - 27).toString(16).padStart(2, "0");

/** The other signature of the same message, which the token refuses. */
function highS(signature: string): string {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return signature.slice(0, 66) + s.toString(16).padStart(64, "0") + v;
}
