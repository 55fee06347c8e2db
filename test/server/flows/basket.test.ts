import assert from "node:assert/strict";
import { decodeFunctionData, erc20Abi } from "viem";
import { system } from "../../../server/core/db/context.ts";
import { expireOrder } from "../../../server/flows/expireOrder.ts";
import { basketAuthorization } from "../../../server/modules/payments/index.ts";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import type { TypedDataJson } from "../../../server/protocol/typedData.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { type AuthorizationBody, done, once, type PlacedBody, told } from "./market.ts";
import { Sale } from "./sale.ts";

type Overview = {
  orders: { order_id: string; state: string; authorization_given: boolean }[];
  authorizations: AuthorizationBody[];
};

onBothDatabases((db) => {
  let sale: Sale;
  let hat: string;

  before(async () => {
    sale = await Sale.open(db);
    hat = await sale.market.good(1, "Hat", "999", 1_000);
  });
  beforeEach(() => sale.chain.reach(sale.chain.nowS));
  after(() => sale.market.server.stop());

  const placed = async (method = "escrow_erc3009") => {
    const { body } = await sale.market.order(sale.ada, { [sale.mug]: 1, [hat]: 1 }, { payment_method: method });
    const [first, second] = body.orders.map(({ order_id }) => order_id);
    assert.ok(first && second);
    return { body, first, second };
  };
  const overview = (id: string) => done(sale.ada.client.get<Overview>(`/api/v1/payments/${id}`));
  const sign = (typedData: TypedDataJson | null | undefined) => {
    assert.ok(typedData);
    return sale.ada.account.signTypedData(typedData);
  };
  const signBasket = ({ authorizations }: Pick<PlacedBody, "authorizations">) => sign(authorizations[0]?.typed_data);
  const submit = (id: string, signature: string, client = sale.ada.client) =>
    client.post<Overview>(`/api/v1/payments/${id}/authorizations`, { signature }, once());
  const given = ({ orders }: Overview) => orders.map(({ authorization_given }) => authorization_given);
  const relayed = (orderIds: readonly string[]) => sale.baskets(orderIds);
  const asked = ({ authorizations }: Overview) => authorizations.map(({ order_ids }) => order_ids);

  it("is paid by one signature for the orders of two merchants, which is relayed once", async () => {
    const { body, first, second } = await placed();
    const before = await overview(body.payment_id);
    assert.deepEqual([asked(before), given(before)], [[[first, second]], [false, false]]);
    const signature = await signBasket(body);
    const answer = await done(submit(body.payment_id, signature));
    assert.deepEqual([given(answer), asked(answer)], [[true, true], []]);
    const again = await done(submit(body.payment_id, signature));
    assert.deepEqual(again, answer);
    const [basketId, ...more] = await relayed([first, second]);
    assert.ok(basketId);
    assert.deepEqual(more, []);
    const basket = await db.database().read(system("test"), (ctx) => basketAuthorization(ctx, basketId));
    assert.deepEqual(
      [basket.orderIds, basket.signature, basket.paymentId],
      [[first, second], signature, body.payment_id],
    );
    assert.deepEqual(await sale.tasks("operator.relay_authorization", first), []);
    const { history } = await sale.order(first);
    assert.deepEqual(
      history.map(({ event, actor }) => [event, actor]),
      ["order.placed", "payment.authorization_given"].map((event) => [event, sale.ada.userId]),
    );
    await sale.chain.tell(first, "authorized");
    await sale.chain.tell(second, "authorized");
    assert.deepEqual([(await sale.order(first)).status, (await sale.order(second)).status], ["paid", "paid"]);
    assert.deepEqual(given(await done(submit(body.payment_id, signature))), [true, true]);
  });

  it("can be paid order by order too; what is left is asked for by itself", async () => {
    const { body, first, second } = await placed();
    const { authorization } = await sale.payment(second);
    assert.deepEqual(authorization?.order_ids, [second]);
    const answer = await done(submit(body.payment_id, await sign(authorization?.typed_data)));
    assert.deepEqual([given(answer), asked(answer)], [[false, true], [[first]]]);
    assert.deepEqual(await sale.tasks("operator.relay_authorization", second), [{ order_id: second }]);
    assert.deepEqual(await told(submit(body.payment_id, await signBasket(body))), [409, "payment_basket_changed"]);
    assert.deepEqual(given(await done(submit(body.payment_id, await signBasket(answer)))), [true, true]);
    assert.deepEqual(await relayed([first, second]), []);
  });

  it("refuses a signature for an order that was cancelled meanwhile, and says which", async () => {
    const { body, first, second } = await placed();
    const old = await signBasket(body);
    await done(sale.ada.client.post(`/api/v1/orders/${first}/cancel`));
    const refused = await submit(body.payment_id, old);
    const { code, detail, order_ids } = refused.body as unknown as Record<string, unknown>;
    assert.deepEqual([refused.status, code, order_ids], [409, "payment_basket_changed", [first]]);
    assert.match(String(detail), new RegExp(`${first} too.*sign the payment as it is now`));
    const now = await overview(body.payment_id);
    assert.deepEqual(asked(now), [[second]]);
    assert.deepEqual(given(await done(submit(body.payment_id, await signBasket(now)))), [false, true]);
    assert.deepEqual(await relayed([first, second]), []);
  });

  it("refuses a signature when nothing of it waits any more, and strangers'", async () => {
    const { body, first, second } = await placed();
    const signature = await signBasket(body);
    const typedData = body.authorizations[0]?.typed_data;
    assert.ok(typedData);
    assert.deepEqual(await told(submit(body.payment_id, await wallet(7).signTypedData(typedData))), [
      400,
      "signature_mismatch",
    ]);
    const eve = await sale.market.shopper(wallet(6));
    assert.deepEqual(await told(submit(body.payment_id, signature, eve.client)), [404, "not_found"]);
    for (const id of [first, second]) await done(sale.ada.client.post(`/api/v1/orders/${id}/cancel`));
    const { body: refused } = await submit(body.payment_id, signature);
    assert.match(String((refused as unknown as { detail: string }).detail), /^None of the orders/);
    const { body: other } = await placed();
    assert.deepEqual(await told(submit(body.payment_id, await signBasket(other))), [400, "signature_mismatch"]);
  });

  it("asks for the others anew when an order ends before the signature for all was relayed", async () => {
    const { body, first, second } = await placed();
    const old = await signBasket(body);
    assert.deepEqual(given(await done(submit(body.payment_id, old))), [true, true]);
    await done(sale.ada.client.post(`/api/v1/orders/${first}/cancel`));
    const now = await overview(body.payment_id);
    assert.deepEqual([given(now), asked(now)], [[false, false], [[second]]]);
    assert.deepEqual(await told(submit(body.payment_id, old)), [409, "payment_basket_changed"]);
    assert.deepEqual(given(await done(submit(body.payment_id, await signBasket(now)))), [false, true]);
    assert.deepEqual(await sale.tasks("operator.relay_authorization", second), [{ order_id: second }]);
    // Should the old one have been on its way: each order is taken once, and what came for the ended one goes back.
    await sale.chain.tell(first, "authorized");
    await sale.chain.tell(second, "authorized");
    assert.equal((await sale.tasks("operator.void", first)).length, 1);
    assert.equal((await sale.order(second)).status, "paid");
  });

  it("asks for one allowance of the sum, or for the sum in ETH, and one call for all orders", async () => {
    const { body } = await placed("escrow_allowance");
    const sum = body.orders.reduce((total, { terms }) => total + BigInt(terms.amount), 0n);
    assert.equal(body.amount, sum.toString());
    const [approve, authorize, ...more] = body.authorizations[0]?.calls ?? [];
    assert.deepEqual([body.authorizations.length, more], [1, []]);
    assert.equal(decodeFunctionData({ abi: erc20Abi, data: approve?.data ?? "0x" }).args?.[1], sum);
    const call = decodeFunctionData({ abi: escrowAbi, data: authorize?.data ?? "0x" });
    assert.deepEqual([call.functionName, authorize?.value], ["authorizeBasket", "0"]);

    const { body: inEther } = await placed("escrow_eth");
    const [only, ...others] = inEther.authorizations[0]?.calls ?? [];
    assert.deepEqual([only?.value, others], [inEther.amount, []]);
  });

  it("lets one order expire, gives a late payment of it back, and leaves the other alone", async () => {
    const { body, first, second } = await placed();
    await done(submit(body.payment_id, await signBasket(body)));
    await sale.chain.tell(second, "authorized");
    await sale.chain.reach(body.orders[0]?.terms.authorize_by ?? 0);
    assert.equal(await expireOrder(sale.market.house, first), "ended");
    assert.equal(await expireOrder(sale.market.house, second), "not_needed");
    assert.deepEqual(await sale.told("order.expired", first), [sale.ada.userId]);
    await sale.chain.tell(first, "authorized");
    const [task] = await sale.tasks("operator.void", first);
    assert.equal(task?.amount, body.orders[0]?.terms.amount);
    assert.deepEqual(await sale.tasks("operator.void", second), []);
    await sale.chain.tell(first, { voided: BigInt(task?.amount ?? "") });
    const { status, history } = await sale.order(first);
    assert.equal(status, "refunded");
    assert.deepEqual(
      history.map(({ event, actor }) => [event, actor]),
      [
        ["order.placed", sale.ada.userId],
        ["payment.authorization_given", sale.ada.userId],
        ["order.expired", "expiry"],
        ["payment.authorized", "listener"],
        ["payment.return_asked", "listener"],
        ["payment.voided", "listener"],
      ],
    );
    assert.deepEqual(await sale.told("payment.returning", first), [sale.ada.userId]);
    assert.equal((await sale.order(second)).status, "paid");
  });

  it("keeps one of twenty submissions at once", async () => {
    const { body, first, second } = await placed();
    const signature = await signBasket(body);
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(body.payment_id, signature)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    assert.equal((await relayed([first, second])).length, 1);
  });

  it("is signed together or one by one, never both, when both come at once", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { body, first, second } = await placed();
      const together = await signBasket(body);
      const single = await sign((await sale.payment(first)).authorization?.typed_data);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => submit(body.payment_id, n % 2 === 0 ? together : single)),
      );
      const baskets = (await relayed([first, second])).length;
      const singles = (await sale.tasks("operator.relay_authorization", first)).length;
      assert.equal(baskets + singles, 1);
      assert.ok(answers.every(({ status }) => status === 202 || status === 409));
    }
  });
});
