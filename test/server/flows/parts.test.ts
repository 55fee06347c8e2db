import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { stockOf } from "../../../server/modules/inventory/index.ts";
import { dropRequest } from "../../../server/modules/payments/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { done, type OrderBody, once, told } from "./market.ts";
import { Sale } from "./sale.ts";

/** Three hats at 10.01 and two bowls at 7.77, with 5.00 of freight: 50.57 of TestUSD. */
const AMOUNT = 50_570_000n;

type Details = Omit<OrderBody, "items"> & {
  items: { good_id: string; count: number; shipped: number; refunded: number; refunded_amount: string }[];
  shipments: { tracking_no: string | null; amount: string; lines: { good_id: string; count: number }[] }[];
};
type RefundBody = {
  refund_id: string;
  amount: string;
  reason: string | null;
  state: string;
  lines: { good_id: string; count: number; shipped: boolean; amount: string; state: string; restocked: boolean }[];
  requests: { request_id: string; kind: string; amount: string }[];
};

onBothDatabases((db) => {
  let sale: Sale;
  let hat: string;
  let bowl: string;

  before(async () => {
    sale = await Sale.open(db);
    hat = await sale.market.good(0, "Hat", "1001", 1_000);
    bowl = await sale.market.good(0, "Bowl", "777", 1_000);
  });
  after(() => sale.market.server.stop());

  const stock = async () => {
    const read = (good: string) => db.database().read(system("test"), (ctx) => stockOf(ctx, good));
    return [(await read(hat)).onHand, (await read(bowl)).onHand] as const;
  };
  const paid = async () => {
    const { orders } = await done(sale.market.order(sale.ada, { [hat]: 3, [bowl]: 2 }));
    const id = orders[0]?.order_id ?? "";
    await sale.chain.tell(id, "authorized");
    return id;
  };
  const ship = (id: string, body: unknown = {}, client = sale.seller) =>
    client.post<OrderBody>(`/api/v1/orders/${id}/ship`, body);
  const refund = (id: string, body: unknown, client = sale.seller) =>
    client.post<RefundBody>(`/api/v1/orders/${id}/refunds`, body, once());
  const refunds = async (id: string, client = sale.ada.client) =>
    (await done(client.get<{ data: RefundBody[] }>(`/api/v1/orders/${id}/refunds`))).data;
  const details = (id: string) => done(sale.ada.client.get<Details>(`/api/v1/orders/${id}`));
  const piecesOf = async (id: string) =>
    Object.fromEntries((await details(id)).items.map((item) => [item.good_id, [item.shipped, item.refunded]]));
  /** Lets the chain do the newest task of a kind. */
  const chainDoes = async (kind: "capture" | "void" | "refund", id: string) => {
    const amount = BigInt((await sale.tasks(`operator.${kind}`, id)).at(-1)?.amount ?? "0");
    const deed = { capture: { captured: amount }, void: { voided: amount }, refund: { refunded: amount } }[kind];
    await sale.chain.tell(id, deed);
    return amount;
  };
  const hats = (count: number) => ({ good_id: hat, count });
  const bowls = (count: number) => ({ good_id: bowl, count });

  it("is sent in three parcels that together capture exactly its amount", async () => {
    const id = await paid();
    const first = await done(ship(id, { lines: [hats(1)], tracking_no: "NL 123" }));
    assert.deepEqual([first.fulfilment, first.status], ["partially_shipped", "partially_shipped"]);
    assert.deepEqual(await told(ship(id, { lines: [hats(1)] })), [409, "payment_request_running"]);
    const captured = [await chainDoes("capture", id)];
    await done(ship(id, { lines: [bowls(2), hats(1)] }));
    captured.push(await chainDoes("capture", id));
    const last = await done(ship(id));
    assert.equal(last.status, "shipped");
    captured.push(await chainDoes("capture", id));
    assert.equal(
      captured.reduce((sum, amount) => sum + amount, 0n),
      AMOUNT,
    );
    const { shipments, items, history } = await details(id);
    assert.deepEqual(
      shipments.map(({ tracking_no, lines }) => [tracking_no, lines.length]),
      [
        ["NL 123", 1],
        [null, 2],
        [null, 1],
      ],
    );
    assert.deepEqual(
      shipments.map(({ amount }) => BigInt(amount)),
      captured,
    );
    assert.deepEqual(new Set(items.map(({ shipped, count }) => count - shipped)), new Set([0]));
    assert.deepEqual(
      history.filter(({ event }) => event.includes("shipped")).map(({ event, actor }) => [event, actor]),
      ["order.partially_shipped", "order.partially_shipped", "order.shipped"].map((event) => [
        event,
        sale.market.sellers[0].userId,
      ]),
    );
    assert.deepEqual(await sale.told("order.partially_shipped", id), [sale.ada.userId, sale.ada.userId]);
    assert.deepEqual(await told(ship(id)), [409, "order_not_shippable"]);
    assert.deepEqual(await told(ship(id, { lines: [hats(1)] })), [409, "pieces_exceeded"]);
  });

  it("refuses parcels that are none, and sellers who are none", async () => {
    const id = await paid();
    assert.deepEqual(await told(ship(id, { lines: [hats(4)] })), [409, "pieces_exceeded"]);
    assert.deepEqual(await told(ship(id, { lines: [{ good_id: sale.mug, count: 1 }] })), [409, "pieces_exceeded"]);
    for (const body of [
      { lines: [] },
      { lines: [hats(0)] },
      { lines: [hats(1.5)] },
      { lines: [hats(1), hats(1)] },
      { lines: [hats(1)], amount: "1" },
      { tracking_no: "" },
    ])
      assert.equal((await ship(id, body)).status, 400, JSON.stringify(body));
    for (const client of [sale.ada.client, sale.market.sellers[1].client]) {
      assert.deepEqual(await told(ship(id, { lines: [hats(1)] }, client)), [404, "order_not_found"]);
      assert.deepEqual(await told(refund(id, { lines: [hats(1)] }, client)), [404, "order_not_found"]);
    }
    assert.deepEqual(await told(sale.market.sellers[1].client.get(`/api/v1/orders/${id}/refunds`)), [
      404,
      "order_not_found",
    ]);
    assert.deepEqual(await piecesOf(id), { [hat]: [0, 0], [bowl]: [0, 0] });
  });

  it("gives back pieces that were not sent: money and stock, once the chain says so", async () => {
    const before = await stock();
    const id = await paid();
    const asked = await done(refund(id, { lines: [hats(2)], reason: "only one left" }));
    assert.deepEqual(
      [asked.state, asked.reason, asked.requests.map(({ kind }) => kind)],
      ["open", "only one left", ["void"]],
    );
    assert.deepEqual(await stock(), [before[0] - 3, before[1] - 2]);
    assert.deepEqual(await told(refund(id, { lines: [hats(2)] })), [409, "pieces_exceeded"]);
    assert.deepEqual(await told(ship(id, { lines: [hats(2)] })), [409, "pieces_exceeded"]);
    assert.deepEqual(await told(ship(id, { lines: [hats(1)] })), [409, "payment_request_running"]);
    const voided = await chainDoes("void", id);
    assert.equal(voided, BigInt(asked.amount));
    assert.deepEqual(await stock(), [before[0] - 1, before[1] - 2]);
    const [known] = await refunds(id);
    assert.deepEqual([known?.state, known?.lines[0]?.restocked], ["done", true]);
    const item = (await details(id)).items.find(({ good_id }) => good_id === hat);
    assert.deepEqual([item?.refunded, item?.refunded_amount], [2, asked.amount]);

    const sent = await done(ship(id));
    assert.equal(sent.status, "shipped");
    assert.equal(await chainDoes("capture", id), AMOUNT - voided);
    assert.deepEqual((await details(id)).shipments[0]?.lines.length, 2);
    assert.deepEqual(await sale.told("payment.refunding", id), [sale.ada.userId]);
  });

  it("gives back pieces that were sent out of what is captured; to stock only where they came back", async () => {
    const before = await stock();
    const id = await paid();
    await done(ship(id));
    await chainDoes("capture", id);
    const kept = await done(refund(id, { lines: [hats(1)] }));
    assert.deepEqual(
      kept.lines.map(({ shipped, count }) => [shipped, count]),
      [[true, 1]],
    );
    await chainDoes("refund", id);
    assert.deepEqual(await stock(), [before[0] - 3, before[1] - 2]);
    const back = await done(refund(id, { lines: [bowls(2)], restock: true }));
    await chainDoes("refund", id);
    assert.deepEqual(await stock(), [before[0] - 3, before[1]]);
    const rest = await done(refund(id, { lines: [hats(2)] }));
    await chainDoes("refund", id);
    assert.equal(
      [kept, back, rest].reduce((sum, { amount }) => sum + BigInt(amount), 0n),
      AMOUNT,
    );
    assert.deepEqual(await sale.states(id), ["cancelled", "shipped", "refunded"]);
    assert.deepEqual(await stock(), [before[0] - 3, before[1]], "hats stay with the shopper, bowls came back once");
    assert.deepEqual(await told(refund(id, { lines: [hats(1)] })), [409, "order_not_refundable"]);
  });

  it("takes a refund from both sides, first from what was not sent, and ends the sending when nothing is left", async () => {
    const before = await stock();
    const id = await paid();
    await done(ship(id, { lines: [hats(2), bowls(2)] }));
    assert.deepEqual(await told(refund(id, { lines: [{ ...hats(1), shipped: true }] })), [
      409,
      "payment_request_running",
    ]);
    await chainDoes("capture", id);
    assert.deepEqual(await told(refund(id, { lines: [{ ...hats(3), shipped: true }] })), [409, "pieces_exceeded"]);
    const both = await done(refund(id, { lines: [hats(2)] }));
    assert.deepEqual(
      both.lines.map(({ shipped, count }) => [shipped, count]),
      [
        [false, 1],
        [true, 1],
      ],
    );
    assert.deepEqual(both.requests.map(({ kind }) => kind).sort(), ["refund", "void"]);
    await chainDoes("void", id);
    assert.equal((await sale.order(id)).fulfilment, "partially_shipped");
    await chainDoes("refund", id);
    assert.deepEqual(await sale.states(id), ["confirmed", "shipped", "shipped"]);
    assert.deepEqual(await piecesOf(id), { [hat]: [2, 2], [bowl]: [2, 0] });
    assert.deepEqual(await stock(), [before[0] - 2, before[1] - 2]);
  });

  it("frees the pieces of a refund that the chain refused", async () => {
    const id = await paid();
    const { requests } = await done(refund(id, { lines: [hats(3), bowls(2)] }));
    const request = requests[0]?.request_id ?? "";
    await db.database().write(system("operator"), (ctx) => dropRequest(ctx, request));
    assert.deepEqual(
      [(await refunds(id))[0]?.state, await piecesOf(id)],
      ["dropped", { [hat]: [0, 0], [bowl]: [0, 0] }],
    );
    await done(ship(id));
    assert.equal(await chainDoes("capture", id), AMOUNT);
  });

  it("does not count pieces as refunded when the seller captured by a transaction of its own meanwhile", async () => {
    const before = await stock();
    const id = await paid();
    await done(refund(id, { lines: [hats(3)] }));
    await sale.chain.tell(id, { captured: AMOUNT });
    assert.equal((await refunds(id))[0]?.state, "dropped");
    assert.deepEqual(await stock(), [before[0] - 3, before[1] - 2]);
  });

  it("puts back what was not sent when all of its money went back", async () => {
    const before = await stock();
    const id = await paid();
    await done(ship(id, { lines: [hats(1)] }));
    const captured = await chainDoes("capture", id);
    await done(refund(id, { amount: `${AMOUNT}` }));
    await sale.chain.tell(id, { voided: AMOUNT - captured });
    await sale.chain.tell(id, { refunded: captured });
    assert.deepEqual(await sale.states(id), ["cancelled", "partially_shipped", "refunded"]);
    assert.deepEqual(await stock(), [before[0] - 1, before[1]]);
  });

  it("needs lines or an amount to be refunded, and no more than there is", async () => {
    const id = await paid();
    for (const body of [{}, { lines: [hats(1)], amount: "1" }, { lines: [] }, { lines: [hats(-1)] }, { amount: "0" }])
      assert.equal((await refund(id, body)).status, 400, JSON.stringify(body));
    await done(refund(id, { amount: `${AMOUNT - 1n}` }));
    await chainDoes("void", id);
    assert.deepEqual(await told(refund(id, { lines: [hats(1)] })), [409, "payment_amount_exceeded"]);
    assert.deepEqual(await told(refund(id, { amount: "2" })), [409, "payment_amount_exceeded"]);
  });

  it("sends pieces without a capture when no more is held than those still to be sent are worth", async () => {
    const id = await paid();
    await done(refund(id, { amount: "40000000" }));
    assert.deepEqual(await told(ship(id, { lines: [hats(1)] })), [409, "payment_request_running"]);
    await chainDoes("void", id);
    await done(ship(id, { lines: [hats(1)] }));
    assert.deepEqual(
      [await sale.tasks("operator.capture", id), await piecesOf(id)],
      [[], { [hat]: [1, 0], [bowl]: [0, 0] }],
    );
    await done(ship(id));
    assert.equal(await chainDoes("capture", id), AMOUNT - 40_000_000n);
  });
});
