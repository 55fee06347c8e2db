import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { stockOf } from "../../../server/modules/inventory/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "./fakeChain.ts";
import {
  done,
  type Market,
  NOBODY,
  type OrderBody,
  once,
  openMarket,
  type PaymentBody,
  type Shopper,
  told,
} from "./market.ts";

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
  after(() => market.server.stop());

  const seller = () => market.sellers[0].client;
  const read = async (id: string) => done(ada.client.get<OrderBody>(`/api/v1/orders/${id}`));
  const payment = async (id: string, client = ada.client) =>
    done(client.get<PaymentBody>(`/api/v1/orders/${id}/payment`));
  const stock = () => db.database().read(system("test"), (ctx) => stockOf(ctx, mug));
  const states = async (id: string) => {
    const { state, fulfilment, status } = await read(id);
    return [state, fulfilment, status];
  };
  const placed = async () => {
    const { body } = await market.order(ada, { [mug]: 1 });
    assert.ok(body.orders[0], JSON.stringify(body));
    return { id: body.orders[0].order_id, body };
  };
  const paid = async () => {
    const { id } = await placed();
    await chain.tell(id, "authorized");
    return id;
  };
  const shipped = async (captured = PRICE) => {
    const id = await paid();
    await done(seller().post(`/api/v1/orders/${id}/ship`, { amount: captured.toString() }));
    await chain.tell(id, { captured });
    return id;
  };
  const tasks = async (kind: string, orderId: string) => {
    const { rows } = await db
      .database()
      .read(system("test"), (ctx) =>
        sql<{ payload: string }>(ctx.db, "SELECT payload FROM task WHERE kind = :kind ORDER BY id", { kind }),
      );
    return rows.map(({ payload }) => JSON.parse(payload)).filter((payload) => payload.order_id === orderId);
  };
  const news = async (kind: string, orderId: string) => {
    const { rows } = await db
      .database()
      .read(system("test"), (ctx) =>
        sql<{ payload: string }>(ctx.db, "SELECT payload FROM task WHERE kind = 'notify'"),
      );
    const told = rows.map(({ payload }) => JSON.parse(payload));
    return told.filter((each) => each.kind === kind && each.payload.order_id === orderId).map((each) => each.user_id);
  };

  it("goes from placed to settled: paid, sent, received, released", async () => {
    const before = await stock();
    const id = await paid();
    assert.deepEqual(await states(id), ["confirmed", "unfulfilled", "paid"]);
    assert.deepEqual(await stock(), { ...before, onHand: before.onHand - 1, available: before.available - 1 });
    assert.deepEqual(new Set(await news("payment.confirmed", id)), new Set([ada.userId, market.sellers[0].userId]));

    const sent = await done(seller().post<OrderBody>(`/api/v1/orders/${id}/ship`, {}));
    assert.deepEqual([sent.status, sent.fulfilment], ["shipped", "shipped"]);
    const [capture] = await tasks("operator.capture", id);
    assert.deepEqual([capture.amount, capture.held_before], [`${PRICE}`, `${PRICE}`]);
    assert.deepEqual(
      (await payment(id)).requests.map(({ kind, amount }) => [kind, amount]),
      [["capture", `${PRICE}`]],
    );
    await chain.tell(id, { captured: PRICE });

    const { release, requests, captured } = await payment(id);
    assert.deepEqual([requests, captured], [[], `${PRICE}`]);
    assert.ok(release);
    const signature = await ada.account.signTypedData(release.typed_data);
    const receipt = { captured, nonce: release.nonce, deadline: release.deadline, signature };
    const received = await done(ada.client.post<OrderBody>(`/api/v1/orders/${id}/confirm_receipt`, receipt));
    assert.equal(received.status, "delivered");
    const [task] = await tasks("operator.release", id);
    assert.deepEqual([task.nonce, task.deadline, task.signature], [release.nonce, `${release.deadline}`, signature]);

    await chain.tell(id, { released: PRICE }, "seen");
    assert.deepEqual(await states(id), ["confirmed", "delivered", "delivered"]);
    await chain.deepen(id, "confirmed");
    assert.deepEqual(await states(id), ["completed", "delivered", "settled"]);
    const events = (await read(id)).history.map(({ event }) => event);
    assert.deepEqual(
      events.filter((event) => event.startsWith("order.")),
      ["order.placed", "order.confirmed", "order.shipped", "order.receipt_confirmed", "order.completed"],
    );
  });

  it("waits for confirmations before it is paid", async () => {
    const { id } = await placed();
    await chain.tell(id, "authorized", "seen");
    assert.deepEqual(await states(id), ["placed", "unfulfilled", "pending_payment"]);
    assert.equal((await payment(id)).confidence, "seen");
    await chain.deepen(id, "confirmed");
    assert.deepEqual(await states(id), ["confirmed", "unfulfilled", "paid"]);
    await chain.deepen(id, "final");
    await chain.deepen(id, "final");
    assert.equal((await news("payment.confirmed", id)).length, 2);
  });

  it("takes the payer's signature once, and only the payer's", async () => {
    const { id, body } = await placed();
    const path = `/api/v1/payments/${body.payment_id}/authorizations`;
    const [asked] = body.authorizations;
    assert.ok(asked?.typed_data);
    const signature = await ada.account.signTypedData(asked.typed_data);
    const forged = await wallet(7).signTypedData(asked.typed_data);
    assert.deepEqual(await told(ada.client.post(path, { signature: forged }, once())), [400, "signature_mismatch"]);
    for (const bad of ["0x", `${signature}00`, `0x${"00".repeat(65)}`, `${signature.slice(0, -2)}05`, highS(signature)])
      assert.equal((await ada.client.post(path, { signature: bad }, once())).status, 400, bad);
    const eve = await market.shopper(wallet(6));
    assert.deepEqual(await told(eve.client.post(path, { signature }, once())), [404, "not_found"]);

    const first = await ada.client.post<{ orders: unknown[]; authorizations: unknown[] }>(path, { signature }, once());
    assert.deepEqual([first.status, first.body.authorizations], [202, []]);
    const again = await ada.client.post(path, { signature: withOtherV(signature) }, once());
    assert.deepEqual(again.body, first.body);
    assert.deepEqual(await tasks("operator.relay_authorization", id), [{ order_id: id }]);
    assert.deepEqual(await told(ada.client.post(path, { signature })), [400, "idempotency_key_required"]);

    const { id: other, body: late } = await placed();
    const [askedLate] = late.authorizations;
    assert.ok(askedLate?.typed_data);
    const lateSignature = await ada.account.signTypedData(askedLate.typed_data);
    const latePath = `/api/v1/payments/${late.payment_id}/authorizations`;
    await done(ada.client.post(`/api/v1/orders/${other}/cancel`));
    const refused = ada.client.post(latePath, { signature: lateSignature }, once());
    assert.deepEqual(await told(refused), [409, "payment_expired"]);
    const byMoney = await market.order(ada, { [mug]: 1 }, { payment_method: "escrow_allowance" });
    const moneyPath = `/api/v1/payments/${byMoney.body.payment_id}/authorizations`;
    assert.deepEqual(await told(ada.client.post(moneyPath, { signature }, once())), [
      409,
      "payment_method_unavailable",
    ]);
  });

  it("takes a signature per order of a basket, in any order", async () => {
    const hat = await market.good(1, "Hat", "999", 10);
    const { body } = await market.order(ada, { [mug]: 1, [hat]: 1 });
    const path = `/api/v1/payments/${body.payment_id}`;
    type Overview = { orders: { authorization_given: boolean }[]; authorizations: { order_ids: string[] }[] };
    const given = async () =>
      (await done(ada.client.get<Overview>(path))).orders.map((each) => each.authorization_given);
    assert.deepEqual(await given(), [false, false]);
    for (const [at, expected] of [
      [1, [false, true]],
      [0, [true, true]],
    ] as const) {
      const typedData = body.authorizations[at]?.typed_data;
      assert.ok(typedData);
      const signature = await ada.account.signTypedData(typedData);
      const { authorizations } = await done(ada.client.post<Overview>(`${path}/authorizations`, { signature }, once()));
      assert.deepEqual(await given(), expected);
      assert.deepEqual(
        authorizations.map(({ order_ids }) => order_ids),
        at === 1 ? [body.authorizations[0]?.order_ids] : [],
      );
    }
    const [first, second] = body.orders.map(({ order_id }) => order_id);
    assert.ok(first && second);
    await chain.tell(first, "authorized");
    assert.deepEqual([(await read(first)).status, (await read(second)).status], ["paid", "pending_payment"]);
    const eve = await market.shopper(wallet(6));
    assert.deepEqual(await told(eve.client.get(path)), [404, "not_found"]);
  });

  it("holds an order whose payment a reorg took, and goes on when it is back", async () => {
    const id = await paid();
    await chain.takeBack(id, 1);
    assert.deepEqual(await states(id), ["on_hold", "unfulfilled", "on_hold"]);
    assert.deepEqual(new Set(await news("payment.reverted", id)), new Set([ada.userId, market.sellers[0].userId]));
    assert.deepEqual(await told(seller().post(`/api/v1/orders/${id}/ship`)), [409, "order_not_shippable"]);
    await chain.tell(id, "authorized");
    assert.deepEqual(await states(id), ["confirmed", "unfulfilled", "paid"]);
    await done(seller().post(`/api/v1/orders/${id}/ship`));
  });

  it("takes a completion back when a reorg takes the release, and completes again", async () => {
    const id = await shipped();
    await chain.tell(id, { released: PRICE });
    await chain.takeBack(id, 1);
    assert.deepEqual(await states(id), ["confirmed", "delivered", "delivered"]);
    await chain.tell(id, { released: PRICE });
    assert.deepEqual(await states(id), ["completed", "delivered", "settled"]);
    await chain.takeBack(id, 3);
    assert.deepEqual(await states(id), ["on_hold", "delivered", "on_hold"]);
  });

  it("is sent in parts: each captures its own, none twice", async () => {
    const id = await paid();
    const path = `/api/v1/orders/${id}/ship`;
    assert.deepEqual(await told(seller().post(path, { amount: `${PRICE + 1n}` })), [409, "payment_amount_exceeded"]);
    await done(seller().post(path, { amount: "1000" }));
    assert.deepEqual(await told(seller().post(path, {})), [409, "payment_request_running"]);
    await chain.tell(id, { captured: 1_000n });
    await done(seller().post(path, {}));
    const amounts = (await tasks("operator.capture", id)).map(({ amount, held_before }) => [amount, held_before]);
    assert.deepEqual(amounts, [
      ["1000", `${PRICE}`],
      [`${PRICE - 1_000n}`, `${PRICE - 1_000n}`],
    ]);
    await chain.tell(id, { captured: PRICE - 1_000n });
    assert.deepEqual(await told(seller().post(path, {})), [409, "order_not_shippable"]);
  });

  it("is sent by its seller and staff only", async () => {
    const id = await paid();
    const path = `/api/v1/orders/${id}/ship`;
    for (const client of [ada.client, market.sellers[1].client])
      assert.deepEqual(await told(client.post(path)), [404, "order_not_found"]);
    assert.equal((await market.server.client.post(path)).status, 401);
    await done(market.staff.client.post(path));
    const { id: unpaid } = await placed();
    assert.deepEqual(await told(seller().post(`/api/v1/orders/${unpaid}/ship`)), [409, "order_not_shippable"]);
  });

  it("is cancelled at once while unpaid, and gives its stock back", async () => {
    const before = await stock();
    const { id } = await placed();
    const cancelled = await done(ada.client.post<OrderBody>(`/api/v1/orders/${id}/cancel`, { reason: "changed mind" }));
    assert.equal(cancelled.status, "cancelled");
    assert.deepEqual(await stock(), before);
    assert.deepEqual(await told(ada.client.post(`/api/v1/orders/${id}/cancel`)), [409, "order_not_cancellable"]);
    assert.equal((await read(id)).history.at(-1)?.note, "changed mind");
    const refund = seller().post(`/api/v1/orders/${id}/refunds`, { amount: "1" }, once());
    assert.deepEqual(await told(refund), [409, "order_not_refundable"]);
  });

  it("is voided when cancelled after payment, and ends when the chain says so", async () => {
    const before = await stock();
    const id = await paid();
    const asked = await done(seller().post<OrderBody>(`/api/v1/orders/${id}/cancel`));
    assert.equal(asked.state, "confirmed");
    assert.equal((await tasks("operator.void", id)).length, 1);
    assert.deepEqual(await told(ada.client.post(`/api/v1/orders/${id}/cancel`)), [409, "payment_request_running"]);
    assert.deepEqual(await told(seller().post(`/api/v1/orders/${id}/ship`)), [409, "payment_request_running"]);
    await chain.tell(id, { voided: PRICE });
    assert.deepEqual(await states(id), ["cancelled", "unfulfilled", "refunded"]);
    assert.deepEqual(await stock(), before);

    await chain.takeBack(id, 1);
    assert.equal((await tasks("operator.void", id)).length, 2, "a void that a reorg took is asked again");
  });

  it("cannot be cancelled once it was sent; what was sent does not come back by itself", async () => {
    const before = await stock();
    const id = await shipped();
    assert.deepEqual(await told(ada.client.post(`/api/v1/orders/${id}/cancel`)), [409, "order_not_cancellable"]);
    await done(seller().post(`/api/v1/orders/${id}/refunds`, { amount: `${PRICE}` }, once()));
    await chain.tell(id, { refunded: PRICE });
    assert.deepEqual(await states(id), ["cancelled", "shipped", "refunded"]);
    assert.equal((await stock()).onHand, before.onHand - 1);
  });

  it("gives money back that came for an order that had ended, with a trace", async () => {
    const { id } = await placed();
    await done(ada.client.post(`/api/v1/orders/${id}/cancel`));
    await chain.tell(id, "authorized", "seen");
    assert.deepEqual(await tasks("operator.void", id), []);
    await chain.deepen(id, "confirmed");
    const [task] = await tasks("operator.void", id);
    assert.equal(task.amount, `${PRICE}`);
    await chain.deepen(id, "final");
    assert.equal((await tasks("operator.void", id)).length, 1);
    assert.deepEqual(await news("payment.returning", id), [ada.userId]);
    assert.ok((await read(id)).history.some(({ event }) => event === "payment.return_asked"));
    await chain.tell(id, { voided: PRICE });
    assert.deepEqual(await states(id), ["cancelled", "unfulfilled", "refunded"]);
  });

  it("refunds what is held and what is captured, and no more than there is", async () => {
    const id = await shipped(10_000_000n);
    const path = `/api/v1/orders/${id}/refunds`;
    const refund = (amount: bigint, client = seller()) =>
      client.post<{ requests: { kind: string; amount: string }[] }>(path, { amount: `${amount}` }, once());
    assert.deepEqual(await told(refund(1n, ada.client)), [404, "order_not_found"]);
    assert.deepEqual(await told(refund(PRICE + 1n)), [409, "payment_amount_exceeded"]);
    assert.deepEqual(await told(seller().post(path, { amount: "1" })), [400, "idempotency_key_required"]);
    const { requests } = await done(refund(10_000_000n));
    assert.deepEqual(
      requests.map(({ kind, amount }) => [kind, amount]),
      [
        ["void", "7340000"],
        ["refund", "2660000"],
      ],
    );
    assert.deepEqual(await told(refund(1n)), [409, "payment_request_running"]);
    await chain.tell(id, { voided: 7_340_000n });
    await chain.tell(id, { refunded: 2_660_000n });
    assert.equal((await payment(id)).returned, "10000000");
    await chain.reach(chain.nowS + market.house.config.settlement.releaseDelayS + 10);
    assert.deepEqual(await told(refund(1n)), [409, "order_not_refundable"]);
    await chain.reach(chain.nowS);
    await chain.tell(id, { released: PRICE - 10_000_000n });
    assert.deepEqual(await told(refund(1n)), [409, "order_not_refundable"]);
    assert.deepEqual(await states(id), ["completed", "delivered", "settled"]);
  });

  it("refuses a receipt that the payer did not sign, or of another amount", async () => {
    const id = await shipped();
    const path = `/api/v1/orders/${id}/confirm_receipt`;
    const { release } = await payment(id);
    assert.ok(release);
    const { captured, nonce, deadline, typed_data } = release;
    const signature = await ada.account.signTypedData(typed_data);
    const post = (more: object, client = ada.client) =>
      told(client.post(path, { captured, nonce, deadline, signature, ...more }));
    assert.deepEqual(await post({ nonce: "1" }), [400, "signature_mismatch"]);
    assert.deepEqual(await post({ deadline: deadline + 1 }), [400, "signature_mismatch"]);
    assert.deepEqual(await post({}, seller()), [404, "order_not_found"]);
    assert.equal((await payment(id, seller())).release, null, "only the payer is shown what to sign");
    await chain.reach(deadline);
    assert.deepEqual(await post({}), [409, "payment_expired"]);
    await chain.reach(chain.nowS);
    await chain.tell(id, { refunded: 1n });
    assert.deepEqual(await post({}), [409, "payment_moved"]);
  });

  it("is unknown to everybody else, in the same words as what does not exist", async () => {
    const id = await paid();
    const eve = await market.shopper(wallet(6));
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
    const id = await paid();
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
      assert.equal((await seller().post(`/api/v1/orders/${id}/refunds`, { amount }, once())).status, 400, `${amount}`);
      assert.equal((await seller().post(`/api/v1/orders/${id}/ship`, { amount })).status, 400, `${amount}`);
    }
    for (const field of ["role", "status", "state", "merchant_id", "constructor"])
      for (const verb of ["cancel", "ship"])
        assert.equal((await seller().post(`/api/v1/orders/${id}/${verb}`, { [field]: "1" })).status, 400, field);
    assert.equal((await seller().post(`/api/v1/orders/${id}/cancel`, '{"__proto__":{"x":1}}')).status, 400);
    for (const wrong of ["nope", NOBODY.toUpperCase(), "1'--"])
      assert.equal((await ada.client.get(`/api/v1/orders/${wrong}`)).status, 400, wrong);
    assert.deepEqual(await states(id), ["confirmed", "unfulfilled", "paid"]);
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
