import assert from "node:assert/strict";
import { decodeFunctionData, erc20Abi, recoverTypedDataAddress } from "viem";
import { system } from "../../../server/core/db/context.ts";
import { isOrderSn } from "../../../server/core/ids.ts";
import { stockOf } from "../../../server/modules/inventory/index.ts";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { earned } from "../../../server/protocol/split.ts";
import { type TermsJson, termsFromJson, termsHash } from "../../../server/protocol/terms.ts";
import { basketNonce } from "../../../server/protocol/typedData.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import {
  done,
  ETHER,
  fill,
  type Market,
  NOBODY,
  once,
  openMarket,
  orderBody,
  type PlacedBody,
  type Shopper,
  told,
  USD,
} from "./market.ts";

const PATH = "/api/v1/orders";

onBothDatabases((db) => {
  let market: Market;
  let ada: Shopper;
  let mug: string;
  let hat: string;

  before(async () => {
    market = await openMarket(db);
    ada = await market.shopper(wallet(5));
    mug = await market.good(0, "Mug", "1234", 1_000);
    hat = await market.good(1, "Hat", "999", 1_000);
  });
  after(() => market.server.stop());

  const stock = (good: string) => db.database().read(system("test"), (ctx) => stockOf(ctx, good));
  const domain = () => ({ chainId: market.house.config.chain.id, escrow: market.house.config.chain.escrow });

  it("makes an order per merchant and one payment, whose parts sum to it", async () => {
    const before = await stock(mug);
    const { status, body } = await market.order(ada, { [mug]: 2, [hat]: 1 });
    assert.equal(status, 201);
    assert.deepEqual([body.currency, body.total_price, body.payable_amount], ["USD", "4467", "4467"]);
    assert.deepEqual([body.amount, body.token.address, body.token.symbol], ["44670000", USD, "TUSD"]);
    assert.deepEqual(
      new Map(body.orders.map((order) => [order.merchant_id, [order.total_price, order.freight, order.terms.amount]])),
      new Map([
        [market.merchantIds[0], ["2968", "500", "29680000"]],
        [market.merchantIds[1], ["1499", "500", "14990000"]],
      ]),
    );
    for (const order of body.orders) {
      assert.ok(isOrderSn(order.order_sn));
      assert.deepEqual(
        [order.status, order.fulfilment, order.payment_id],
        ["pending_payment", "unfulfilled", body.payment_id],
      );
    }
    const after = await stock(mug);
    assert.deepEqual([after.onHand, after.reserved - before.reserved], [before.onHand, 2]);
    const cart = await done(ada.client.get<{ lines: unknown[] }>("/api/v1/cart"));
    assert.deepEqual(cart.lines, []);
  });

  it("freezes terms that hash to their id and pay merchant, carrier, channel and platform", async () => {
    const { body } = await market.order(ada, { [mug]: 1 });
    const [order] = body.orders;
    assert.ok(order);
    const terms = termsFromJson(order.terms as unknown as TermsJson);
    assert.equal(termsHash(domain(), terms), order.terms_hash);
    const paid = earned(terms.amount, terms.legs).map((amount, at) => [terms.legs[at]?.account, amount]);
    assert.deepEqual(paid, [
      [wallet(1).address, 12_340_000n - 617_000n - 370_200n],
      [wallet(17).address, 5_000_000n],
      [wallet(16).address, 617_000n],
      [wallet(19).address, 370_200n],
    ]);
    assert.deepEqual([terms.payer, terms.operator], [ada.account.address, market.house.config.chain.operator]);
    const { paymentWindowS, captureWindowS, releaseDelayS } = market.house.config.settlement;
    assert.deepEqual([terms.captureBy - terms.authorizeBy, terms.releaseDelay], [captureWindowS, releaseDelayS]);
    const left = terms.authorizeBy - Date.now() / 1_000;
    assert.ok(left <= paymentWindowS && left > paymentWindowS - 60);
    assert.equal(new Date(body.expires_at).getTime(), terms.authorizeBy * 1_000);
  });

  it("asks for one signature for all orders, ready for the wallet", async () => {
    const { body } = await market.order(ada, { [mug]: 1, [hat]: 1 });
    const [asked, ...more] = body.authorizations;
    assert.deepEqual([asked?.order_ids, more], [body.orders.map(({ order_id }) => order_id), []]);
    assert.deepEqual(
      [asked?.kind, asked?.calls, asked?.submit_to],
      ["signature", [], `/api/v1/payments/${body.payment_id}/authorizations`],
    );
    assert.ok(asked?.typed_data);
    assert.equal(asked.typed_data.message.nonce, basketNonce(body.orders.map(({ terms_hash }) => terms_hash)));
    assert.equal(asked.typed_data.message.value, body.amount);
    const signature = await ada.account.signTypedData(asked.typed_data);
    assert.equal(await recoverTypedDataAddress({ ...asked.typed_data, signature }), ada.account.address);

    const alone = (await market.order(ada, { [mug]: 1 })).body;
    assert.equal(alone.authorizations[0]?.typed_data?.message.nonce, alone.orders[0]?.terms_hash);
  });

  it("gives the calls to send where the payer pays by allowance or in ETH", async () => {
    const byAllowance = (await market.order(ada, { [mug]: 1 }, { payment_method: "escrow_allowance" })).body;
    const [asked] = byAllowance.authorizations;
    assert.deepEqual([asked?.kind, asked?.typed_data, asked?.submit_to], ["transactions", null, null]);
    const [approve, authorize] = asked?.calls ?? [];
    assert.deepEqual([approve?.to, approve?.value, authorize?.to, authorize?.value], [USD, "0", domain().escrow, "0"]);
    const approved = decodeFunctionData({ abi: erc20Abi, data: approve?.data ?? "0x" });
    assert.deepEqual(approved.args, [domain().escrow, 17_340_000n]);

    const inEther = (await market.order(ada, { [mug]: 1 }, { payment_method: "escrow_eth" })).body;
    const [call, ...more] = inEther.authorizations[0]?.calls ?? [];
    assert.deepEqual([more, call?.value, inEther.amount], [[], inEther.amount, `${1734n * 4_000_000_000_000n}`]);
    assert.equal(inEther.token.address, ETHER);
    assert.equal(decodeFunctionData({ abi: escrowAbi, data: call?.data ?? "0x" }).functionName, "authorize");
  });

  it("orders only what the cart has of the channel, at today's price", async () => {
    const lamp = await market.good(0, "Lamp", "5000", 5);
    await fill(ada, { [lamp]: 1 });
    const listing = `/api/v1/goods/${lamp}/listings/${market.channelId}`;
    await done(market.sellers[0].client.put(listing, { price: "6000", open: true }));
    const placed = await done(ada.client.post<PlacedBody>(PATH, orderBody(ada), once()));
    assert.equal(placed.orders[0]?.items[0]?.price, "6000");
    assert.deepEqual(await told(ada.client.post(PATH, orderBody(ada), once())), [409, "cart_empty"]);

    await fill(ada, { [lamp]: 1 });
    await done(market.sellers[0].client.put(listing, { price: "6000", open: false }));
    assert.deepEqual(await told(ada.client.post(PATH, orderBody(ada), once())), [409, "good_not_listed"]);
    await done(ada.client.delete("/api/v1/cart"));
  });

  it("changes nothing when one line is short", async () => {
    const rare = await market.good(0, "Rare", "100", 1);
    const before = await stock(hat);
    const { status, body } = await market.order(ada, { [rare]: 2, [hat]: 3 });
    const { code, good_id, available } = body as unknown as Record<string, unknown>;
    assert.deepEqual([status, code, good_id, available], [409, "out_of_stock", rare, 1]);
    assert.deepEqual(await stock(hat), before);
    assert.equal((await done(ada.client.get<{ lines: unknown[] }>("/api/v1/cart"))).lines.length, 2);
    await done(ada.client.delete("/api/v1/cart"));
  });

  it("answers the same to the same Idempotency-Key, and 422 when the request is another", async () => {
    await fill(ada, { [mug]: 1 });
    const headers = once();
    const first = await ada.client.post<PlacedBody>(PATH, orderBody(ada), headers);
    const second = await ada.client.post<PlacedBody>(PATH, orderBody(ada), headers);
    assert.deepEqual([second.status, second.body], [201, first.body]);
    const other = ada.client.post(PATH, orderBody(ada, { payment_method: "escrow_eth" }), headers);
    assert.deepEqual(await told(other), [422, "idempotency_key_reused"]);
    assert.deepEqual(await told(ada.client.post(PATH, orderBody(ada))), [400, "idempotency_key_required"]);
  });

  it("refuses what is no order", async () => {
    await fill(ada, { [mug]: 1 });
    const good = orderBody(ada);
    const bodies: unknown[] = [
      ...[undefined, {}, [], "[]", null, [good], { ...good, address_id: undefined }],
      ...["role", "status", "merchant_id", "total_price", "user_id", "constructor", "state"].map((field) => ({
        ...good,
        [field]: "1",
      })),
      `{"__proto__":{"admin":true},${JSON.stringify(good).slice(1)}`,
      ...[1, null, ["escrow_eth"], "escrow", "ESCROW_ETH", ""].map((payment_method) => ({ ...good, payment_method })),
      ...[1, null, [], "", "'; DROP TABLE", ada.addressId.toUpperCase()].map((address_id) => ({ ...good, address_id })),
      ...["", "x".repeat(51), 5, ["standard"], "overnight"].map((express_type) => ({ ...good, express_type })),
      ...["", 5, ["web"], "x".repeat(51)].map((channel) => ({ ...good, channel })),
    ];
    for (const body of bodies) {
      const { status } = await ada.client.post(PATH, body, once());
      assert.equal(status, 400, JSON.stringify(body)?.slice(0, 120));
    }
    assert.deepEqual(await told(ada.client.post(PATH, { ...good, channel: "nowhere" }, once())), [
      404,
      "channel_not_found",
    ]);
    assert.deepEqual(await told(ada.client.post(PATH, { ...good, address_id: NOBODY }, once())), [404, "not_found"]);
    assert.equal((await market.server.client.post(PATH, good, once())).status, 401);
    await done(ada.client.delete("/api/v1/cart"));
  });

  it("sends nothing to somebody else's address", async () => {
    const eve = await market.shopper(wallet(6));
    await fill(eve, { [mug]: 1 });
    const body = { ...orderBody(eve), address_id: ada.addressId };
    assert.deepEqual(await told(eve.client.post(PATH, body, once())), [404, "not_found"]);
  });

  it("sells nothing on a channel that is closed", async () => {
    const { client } = market.staff;
    const channel = { code: "cards", name: "Cards", type: "social", currency: "USD", payee: wallet(16).address };
    const { id } = await done(client.post<{ id: string }>("/api/v1/channels", { ...channel, commission_ppm: 0 }));
    await done(client.patch(`/api/v1/channels/${id}`, { open: false }));
    await fill(ada, { [mug]: 1 });
    const body = orderBody(ada, { channel: "cards" });
    assert.deepEqual(await told(ada.client.post(PATH, body, once())), [409, "channel_closed"]);
    await done(ada.client.delete("/api/v1/cart"));
  });
});
