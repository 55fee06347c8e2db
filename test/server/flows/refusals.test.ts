import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { done, NOBODY, once, told } from "./market.ts";
import { Sale } from "./sale.ts";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  after(() => sale.market.server.stop());

  it("is sent by its seller and staff only", async () => {
    const id = await sale.paid();
    const path = `/api/v1/orders/${id}/ship`;
    for (const client of [sale.ada.client, sale.market.sellers[1].client])
      assert.deepEqual(await told(client.post(path)), [404, "order_not_found"]);
    assert.equal((await sale.market.server.client.post(path)).status, 401);
    await done(sale.market.staff.client.post(path));
    const { id: unpaid } = await sale.placed();
    assert.deepEqual(await told(sale.seller.post(`/api/v1/orders/${unpaid}/ship`)), [409, "order_not_shippable"]);
  });

  it("refuses a receipt that the payer did not sign, or of another amount", async () => {
    const id = await sale.shipped();
    const path = `/api/v1/orders/${id}/confirm_receipt`;
    const { release } = await sale.payment(id);
    assert.ok(release);
    const { captured, nonce, deadline, typed_data } = release;
    const signature = await sale.ada.account.signTypedData(typed_data);
    const post = (more: object, client = sale.ada.client) =>
      told(client.post(path, { captured, nonce, deadline, signature, ...more }));
    assert.deepEqual(await post({ nonce: "1" }), [400, "signature_mismatch"]);
    assert.deepEqual(await post({ deadline: deadline + 1 }), [400, "signature_mismatch"]);
    assert.deepEqual(await post({}, sale.seller), [404, "order_not_found"]);
    assert.equal((await sale.payment(id, sale.seller)).release, null, "only the payer is shown what to sign");
    await sale.chain.reach(deadline);
    assert.deepEqual(await post({}), [409, "payment_expired"]);
    await sale.chain.reach(sale.chain.nowS);
    await sale.chain.tell(id, { refunded: 1n });
    assert.deepEqual(await post({}), [409, "payment_moved"]);
  });

  it("is unknown to everybody else, in the same words as what does not exist", async () => {
    const id = await sale.paid();
    const eve = await sale.market.shopper(wallet(6));
    const words = async (path: string, method: "GET" | "POST", body?: unknown) => {
      const answer = await eve.client.send(method, path, body, method === "POST" && /refunds/.test(path) ? once() : {});
      return { status: answer.status, body: { ...answer.body, request_id: "" } };
    };
    const receipt = { captured: "1", nonce: "1", deadline: 1, signature: `0x${"11".repeat(65)}` };
    for (const [verb, method, body] of [
      ["", "GET", undefined],
      ["/payment", "GET", undefined],
      ["/cancel", "POST", {}],
      ["/ship", "POST", {}],
      ["/confirm_receipt", "POST", receipt],
      ["/refunds", "POST", { amount: "1" }],
    ] as const) {
      const foreign = await words(`/api/v1/orders/${id}${verb}`, method, body);
      assert.equal(foreign.status, 404, verb);
      assert.deepEqual(foreign, await words(`/api/v1/orders/${NOBODY}${verb}`, method, body));
    }
  });

  it("refuses amounts and shapes that are none", async () => {
    const id = await sale.paid();
    const amounts = [
      "-1",
      "0",
      "1.5",
      "NaN",
      "1e3",
      "0x10",
      " 1 ",
      "",
      `${2n ** 256n}`,
      1,
      1e21,
      null,
      ["1"],
      true,
      {},
    ];
    for (const amount of amounts) {
      assert.equal(
        (await sale.seller.post(`/api/v1/orders/${id}/refunds`, { amount }, once())).status,
        400,
        `${amount}`,
      );
      assert.equal((await sale.seller.post(`/api/v1/orders/${id}/ship`, { amount })).status, 400, `${amount}`);
    }
    for (const field of ["role", "status", "state", "merchant_id", "constructor"])
      for (const verb of ["cancel", "ship"])
        assert.equal((await sale.seller.post(`/api/v1/orders/${id}/${verb}`, { [field]: "1" })).status, 400, field);
    assert.equal((await sale.seller.post(`/api/v1/orders/${id}/cancel`, '{"__proto__":{"x":1}}')).status, 400);
    for (const wrong of ["nope", NOBODY.toUpperCase(), "1'--"])
      assert.equal((await sale.ada.client.get(`/api/v1/orders/${wrong}`)).status, 400, wrong);
    assert.deepEqual(await sale.states(id), ["confirmed", "unfulfilled", "paid"]);
  });
});
