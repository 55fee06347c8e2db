import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { type ChannelBody, NOBODY, openShop, type Shop } from "../goods/shop.ts";

type ChannelList = { total: number; data: ChannelBody[] };

onBothDatabases((db) => {
  let shop: Shop;
  before(async () => {
    shop = await openShop(db);
  });
  after(() => shop.server.stop());

  const wish = (more: Record<string, unknown> = {}) => ({
    code: "market",
    name: "Market",
    type: "marketplace",
    currency: "USD",
    payee: wallet(16).address,
    commission_ppm: 100_000,
    ...more,
  });
  const create = (body: unknown) => shop.staff.client.post("/api/v1/channels", body);

  it("is opened by staff and seen by everybody, without its terms", async () => {
    const { status, body } = await create(wish());
    assert.equal(status, 201);
    assert.deepEqual({ ...body, id: "", created_at: "" }, { ...wish(), id: "", created_at: "", open: true });
    const list = await shop.server.client.get<ChannelList>("/api/v1/channels");
    assert.deepEqual(list.body.data, [
      { id: body.id, code: "market", name: "Market", type: "marketplace", currency: "USD" },
    ]);
    assert.equal(list.body.total, 1);
  });

  it("is nobody else's to open or close", async () => {
    assert.equal((await shop.server.client.post("/api/v1/channels", wish({ code: "mine" }))).status, 401);
    const path = `/api/v1/channels/${NOBODY}`;
    for (const attempt of [
      await shop.seller.client.post("/api/v1/channels", wish({ code: "mine" })),
      await shop.seller.client.patch(path, { open: false }),
    ])
      assert.deepEqual([attempt.status, attempt.body.code], [403, "forbidden"]);
    assert.equal((await shop.seller.client.post("/api/v1/channels/", wish({ code: "mine" }))).status, 404);
    assert.equal((await shop.seller.client.post("/api/v1/Channels", wish({ code: "mine" }))).status, 404);
    assert.equal((await shop.seller.client.put("/api/v1/channels", wish({ code: "mine" }))).status, 405);
  });

  it("leaves the list when it is closed and comes back when it is opened", async () => {
    const { id } = await shop.openChannel("popup");
    const codes = async () =>
      (await shop.server.client.get<ChannelList>("/api/v1/channels")).body.data.map(({ code }) => code);
    const closed = await shop.staff.client.patch(`/api/v1/channels/${id}`, { open: false });
    assert.deepEqual([closed.status, closed.body.open], [200, false]);
    assert.ok(!(await codes()).includes("popup"));
    await shop.staff.client.patch(`/api/v1/channels/${id}`, { open: true });
    assert.ok((await codes()).includes("popup"));
    const unknown = await shop.staff.client.patch(`/api/v1/channels/${NOBODY}`, { open: true });
    assert.deepEqual([unknown.status, unknown.body.code], [404, "channel_not_found"]);
  });

  it("has a code of its own, whoever comes at the same time", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(wish({ code: "twin" }))));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201))
      assert.deepEqual([status, body.code], [409, "channel_code_taken"]);
  });

  it("refuses terms that cannot be kept", async () => {
    const { escrow, operator } = shop.house.config.chain;
    const cases: [Record<string, unknown>, string][] = [
      [{ payee: escrow }, "payee_refused"],
      [{ payee: operator }, "payee_refused"],
      [{ currency: "EUR" }, "channel_currency_not_payable"],
      [{ currency: "usd" }, "validation_failed"],
      [{ type: "kiosk" }, "validation_failed"],
      [{ role: "staff" }, "unknown_field"],
      ...[-1, 500_001, 1e21, 1.5, "1e3", "50000", null].map((value): [Record<string, unknown>, string] => [
        { commission_ppm: value },
        "validation_failed",
      ]),
      ...["", "A", "MARKET", "a b", "é", "x".repeat(33), "../x", 5].map((value): [Record<string, unknown>, string] => [
        { code: value },
        "validation_failed",
      ]),
    ];
    for (const [more, code] of cases) {
      const { status, body } = await create(wish({ code: "bad", ...more }));
      assert.deepEqual([status, body.code], [400, code], JSON.stringify(more));
    }
  });

  it("may not, with the platform's fee, take all of a sale", async () => {
    const { settlement } = shop.house.config;
    const fee = settlement.platformFeePpm;
    settlement.platformFeePpm = 500_000;
    try {
      const { status, body } = await create(wish({ code: "greedy", commission_ppm: 500_000 }));
      assert.deepEqual([status, body.code], [400, "channel_commission_too_high"]);
      assert.equal((await create(wish({ code: "modest", commission_ppm: 499_999 }))).status, 201);
    } finally {
      settlement.platformFeePpm = fee;
    }
  });

  it("tells the ways to send a parcel", async () => {
    const { status, body } = await shop.server.client.get("/api/v1/express_types");
    assert.equal(status, 200);
    assert.deepEqual(body, { data: [{ code: "standard", name: "Standard", currency: "USD", freight: "500" }] });
  });
});
