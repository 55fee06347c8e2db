import assert from "node:assert/strict";
import { goodsOn } from "../../../server/api/goods/verbs.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { SignedInClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans } from "../catalog/plans.ts";
import { type ChannelBody, NOBODY, openShop, type Shop, told } from "./shop.ts";

type Row = { id: string; name: string; price: string; currency: string; channel: string; stock: number };
type Goods = {
  total: number;
  current_page: number | null;
  per_page: number;
  next_cursor: string | null;
  data: Row[];
};

onBothDatabases((db) => {
  let shop: Shop;
  let stranger: SignedInClient;
  let web: ChannelBody;
  before(async () => {
    shop = await openShop(db);
    assert.equal((await shop.server.client.get("/api/v1/goods")).status, 404, "there is no channel yet");
    web = await shop.openChannel("web");
    stranger = await shop.server.signIn(wallet(2));
    await stranger.client.post("/api/v1/merchants", { name: "Stranger", payee: wallet(2).address });
  });
  after(() => shop.server.stop());

  const goods = async (query: string) => (await shop.server.client.get<Goods>(`/api/v1/goods${query}`)).body;

  it("is for sale at the price of each channel, while it is listed", async () => {
    const [east, west] = [await shop.openChannel("east"), await shop.openChannel("west", { type: "store" })];
    const id = await shop.addGood("Blue mug", 7);
    await shop.list(id, east, "1200");
    await shop.list(id, west, "900");

    const row = {
      id,
      merchant_id: shop.merchantId,
      name: "Blue mug",
      description: "",
      price: "1200",
      currency: "USD",
      channel: "east",
      sku: null,
      cover: null,
      price_max: "1200",
      has_variants: false,
      stock: 7,
    };
    const page = { total: 1, current_page: 1, per_page: 20, next_cursor: null };
    assert.deepEqual(await goods("?channel=east"), { ...page, data: [row] });
    assert.equal((await goods("?channel=west")).data[0]?.price, "900");

    const one = await shop.server.client.get(`/api/v1/goods/${id}?channel=west`);
    assert.deepEqual(one.body, {
      ...row,
      price: "900",
      price_max: "900",
      channel: "west",
      category: null,
      variant_of: null,
      options: [],
      pictures: [],
      variants: [],
      listings: [
        { channel_id: east.id, channel: "east", price: "1200", currency: "USD", freight: "0" },
        { channel_id: west.id, channel: "west", price: "900", currency: "USD", freight: "0" },
      ],
    });
    assert.equal((await shop.server.client.get(`/api/v1/goods/${id}`)).body.channel, "east");

    await shop.list(id, east, "1200", false);
    assert.deepEqual(await goods("?channel=east"), { ...page, total: 0, data: [] });
    assert.equal((await shop.server.client.get(`/api/v1/goods/${id}?channel=east`)).status, 404);
    await shop.list(id, west, "900", false);
    assert.deepEqual(
      told(await shop.server.client.get(`/api/v1/goods/${id}`)),
      told(await shop.server.client.get(`/api/v1/goods/${NOBODY}`)),
    );
  });

  it("is not for sale on a channel that is closed", async () => {
    const popup = await shop.openChannel("popup");
    const id = await shop.addGood("Short-lived mug", 1);
    await shop.list(id, popup, "5");
    await shop.staff.client.patch(`/api/v1/channels/${popup.id}`, { open: false });
    assert.equal((await shop.server.client.get("/api/v1/goods?channel=popup")).status, 404);
    assert.equal((await shop.server.client.get(`/api/v1/goods/${id}`)).status, 404);
  });

  it("is listed by page and by cursor, each once", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      ids.push(await shop.addGood(`Mug ${n}`, n));
      await shop.list(ids[n] ?? "", web, `${100 + n}`);
    }
    const first = await goods("?per_page=2");
    assert.deepEqual([first.total, first.current_page, first.data.map(({ id }) => id)], [5, 1, ids.slice(0, 2)]);
    const second = await goods(`?channel=web&per_page=2&cursor=${first.next_cursor}`);
    assert.deepEqual([second.total, second.current_page], [5, null]);
    const third = await goods(`?per_page=2&cursor=${second.next_cursor}`);
    assert.equal(third.next_cursor, null);
    assert.deepEqual(
      [...second.data, ...third.data].map(({ id }) => id),
      ids.slice(2),
    );
    assert.deepEqual((await goods("?per_page=2&page=2")).data, second.data);
    assert.deepEqual((await goods("?per_page=2&page=100")).data, []);
    assert.deepEqual(
      second.data.map(({ stock, price }) => [stock, price]),
      [
        [2, "102"],
        [3, "103"],
      ],
    );
  });

  it("is listed by as many statements however many there are", async () => {
    const shelf = await shop.openChannel("shelf");
    for (let n = 0; n < 5; n += 1) await shop.list(await shop.addGood(`Book ${n}`, 1), shelf, "100");
    const listing = (perPage: number) =>
      plansOf(db.database(), async (ctx) => {
        const { rows } = await goodsOn(ctx, { channel: "shelf", per_page: perPage });
        assert.equal(rows.length, perPage);
      });
    const [one, five] = [await listing(1), await listing(5)];
    assert.deepEqual([one.length, five.length], [4, 4]);
    assert.deepEqual(scans(five), []);
  });

  it("refuses questions it does not understand", async () => {
    const cases: Record<string, string> = {
      "?page=101": "use_cursor",
      "?page=0": "validation_failed",
      "?page=-1": "validation_failed",
      "?page=1e1": "validation_failed",
      "?per_page=101": "validation_failed",
      "?per_page=1e9": "validation_failed",
      "?page=1&page=2": "validation_failed",
      "?channel=web&channel=east": "validation_failed",
      "?channel=%27%20OR%201=1": "validation_failed",
      "?cursor=x": "cursor_invalid",
      "?cursor=WyInOyBEUk9QIFRBQkxFIGdvb2QiXQ": "cursor_invalid",
      "?sort=price;DROP%20TABLE%20good": "validation_failed",
      "?sort=constructor": "validation_failed",
      "?sort=name&sort=newest": "validation_failed",
      "?sort=relevance": "validation_failed",
      "?colour=blue": "unknown_field",
      "?price_min=-1": "validation_failed",
      "?price_max=1.5": "validation_failed",
      "?in_stock=maybe": "validation_failed",
      "?merchant_id=1": "validation_failed",
      "?q=": "validation_failed",
      "?q=%00": "validation_failed",
      [`?q=${"x".repeat(101)}`]: "validation_failed",
      "?category=%27": "validation_failed",
      "?sort=price_asc&cursor=WyJhIiwiYiJd": "cursor_invalid",
      "?sort=name&cursor=WyJcdTAwMDAiLCIwMTkwYTBhMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ": "cursor_invalid",
    };
    for (const [query, code] of Object.entries(cases)) {
      const { status, body } = await shop.server.client.get(`/api/v1/goods${query}`);
      assert.deepEqual([status, body.code], [400, code], query);
    }
    const unknown = await shop.server.client.get("/api/v1/goods?channel=nowhere");
    assert.deepEqual([unknown.status, unknown.body.code], [404, "channel_not_found"]);
  });

  it("belongs to its merchant: everybody else's attempt is answered like an unknown id", async () => {
    const id = await shop.addGood("Mine", 3);
    const listing = (good: string) => `/api/v1/goods/${good}/listings/${web.id}`;
    const attempts: ((good: string, merchant: string) => ReturnType<typeof stranger.client.get>)[] = [
      (good) => stranger.client.put(listing(good), { price: "1", open: true }),
      (good) => stranger.client.put(`/api/v1/goods/${good}/stock`, { on_hand: 0 }),
      (good) => shop.staff.client.put(`/api/v1/goods/${good}/stock`, { on_hand: 0 }),
      (_, merchant) => stranger.client.post("/api/v1/goods", { merchant_id: merchant, name: "X", description: "" }),
    ];
    for (const attempt of attempts) {
      const foreign = told(await attempt(id, shop.merchantId));
      assert.equal(foreign.status, 404);
      assert.deepEqual(foreign, told(await attempt(NOBODY, NOBODY)));
    }
    const nobody = shop.server.client;
    assert.equal((await nobody.put(listing(id), { price: "1", open: true })).status, 401);
    assert.equal((await nobody.put(`/api/v1/goods/${id}/stock`, { on_hand: 0 })).status, 401);
    const own = await shop.seller.client.put(`/api/v1/goods/${id}/stock`, { on_hand: 4 });
    assert.deepEqual(own.body, { good_id: id, on_hand: 4, reserved: 0, available: 4 });
    const elsewhere = `/api/v1/goods/${id}/listings/${NOBODY}`;
    const nowhere = await shop.seller.client.put(elsewhere, { price: "1", open: true });
    assert.deepEqual([nowhere.status, nowhere.body.code], [404, "channel_not_found"]);
  });

  it("refuses amounts that are none", async () => {
    const id = await shop.addGood("Strange", 1);
    const { client } = shop.seller;
    const put = (price: unknown) => client.put(`/api/v1/goods/${id}/listings/${web.id}`, { price, open: true });
    const amounts = [
      "-1",
      "0",
      "1e3",
      "0x10",
      " 1 ",
      "1.5",
      "01",
      "",
      "90000000001",
      "9007199254740993",
      `${2n ** 256n}`,
    ];
    for (const price of [...amounts, 1, -1, null, ["1"], {}]) {
      const { status, body } = await put(price);
      assert.deepEqual([status, body.code], [400, "validation_failed"], JSON.stringify(price));
    }
    assert.equal((await put("90000000000")).status, 200);

    for (const onHand of [-1, 1.5, 1e21, 2 ** 53, "1", "1e3", null, [1], true]) {
      const { status, body } = await client.put(`/api/v1/goods/${id}/stock`, { on_hand: onHand });
      assert.deepEqual([status, body.code], [400, "validation_failed"], JSON.stringify(onHand));
    }
    const reserved = await client.put(`/api/v1/goods/${id}/stock`, { on_hand: 1, reserved: 0 });
    assert.deepEqual([reserved.status, reserved.body.code], [400, "unknown_field"]);
  });

  it("refuses texts that nobody can read, and fields of its own making", async () => {
    const wish = { merchant_id: shop.merchantId, name: "X", description: "" };
    const create = (body: unknown) => shop.seller.client.post("/api/v1/goods", body);
    for (const name of ["", " ", "a\0", "\udc00", "\u202e", "x".repeat(201), "x".repeat(100_000), 1])
      assert.equal((await create({ ...wish, name })).status, 400, JSON.stringify(name).slice(0, 20));
    assert.equal((await create({ ...wish, description: "x".repeat(5_001) })).status, 400);
    assert.equal((await create({ ...wish, name: "x".repeat(1_000_000) })).status, 413);
    for (const field of ["role", "status", "price", "stock", "constructor"]) {
      const { status, body } = await create({ ...wish, [field]: 1 });
      assert.deepEqual([status, body.code], [400, "unknown_field"], field);
    }
    const markup = await create({ ...wish, name: "<script>alert(1)</script>", description: "one\ntwo" });
    assert.deepEqual([markup.status, markup.body.description], [201, "one\ntwo"]);
  });
});
