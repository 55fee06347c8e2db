import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { type ChannelBody, NOBODY, openShop, type Shop, told } from "./shop.ts";

type Variant = { id: string; name: string; options: { name: string; value: string }[]; price: string; stock: number };
type Row = { id: string; name: string; price: string; price_max: string; has_variants: boolean; stock: number };
type Good = Row & { variants: Variant[]; listings: { price: string }[]; variant_of: string | null; code?: string };
type OwnGood = { id: string; variant_of: string | null; options: unknown[]; sku: string | null; code?: string };

const size = (value: string) => [{ name: "size", value }];

onBothDatabases((db) => {
  let shop: Shop;
  let web: ChannelBody;
  let west: ChannelBody;
  before(async () => {
    shop = await openShop(db);
    [web, west] = [await shop.openChannel("web"), await shop.openChannel("west")];
  });
  after(() => shop.server.stop());

  const create = (more: Record<string, unknown>) =>
    shop.seller.client.post<OwnGood>("/api/v1/goods", {
      ...{ merchant_id: shop.merchantId, name: "Shirt", description: "", ...more },
    });
  const change = (id: string, body: unknown) => shop.seller.client.patch<OwnGood>(`/api/v1/goods/${id}`, body);
  const stock = (id: string, onHand: number) =>
    shop.seller.client.put(`/api/v1/goods/${id}/stock`, { on_hand: onHand });
  const shown = async (channel: string) =>
    (await shop.server.client.get<{ total: number; data: Row[] }>(`/api/v1/goods?channel=${channel}`)).body;
  const one = async (id: string, query = "") =>
    (await shop.server.client.get<Good>(`/api/v1/goods/${id}${query}`)).body;

  it("take one row of the shelf with their main good, and each is bought like any good", async () => {
    const main = (await create({ name: "Shirt" })).body.id;
    const ids: string[] = [];
    for (const [at, value] of ["S", "M", "L"].entries()) {
      const { status, body } = await create({ name: `Shirt ${value}`, variant_of: main, options: size(value) });
      assert.deepEqual([status, body.variant_of, body.options], [201, main, size(value)]);
      await shop.list(body.id, web, `${1_000 + at * 100}`);
      await stock(body.id, at + 1);
      ids.push(body.id);
    }
    const list = await shown("web");
    assert.equal(list.total, 1);
    const [row] = list.data;
    assert.deepEqual(
      [row?.id, row?.name, row?.price, row?.price_max, row?.has_variants, row?.stock],
      [main, "Shirt", "1000", "1200", true, 6],
    );
    const good = await one(main);
    assert.deepEqual(
      good.variants.map(({ name, options, price, stock: left }) => [name, options[0]?.value, price, left]),
      [
        ["Shirt S", "S", "1000", 1],
        ["Shirt M", "M", "1100", 2],
        ["Shirt L", "L", "1200", 3],
      ],
    );
    assert.deepEqual([good.price, good.price_max, good.stock, good.listings], ["1000", "1200", 6, []]);
    const variant = await one(ids[1] ?? "");
    assert.deepEqual([variant.variant_of, variant.price, variant.variants], [main, "1100", []]);

    const shopper = await shop.server.signIn(wallet(7));
    const cart = await shopper.client.post<{ lines: { name: string; price: string }[]; code: string }>("/api/v1/cart", [
      { good_id: ids[1], count: 1, channel: "web" },
    ]);
    assert.deepEqual([cart.body.lines[0]?.name, cart.body.lines[0]?.price], ["Shirt M", "1100"]);

    await shop.list(main, web, "900");
    const [with900] = (await shown("web")).data;
    assert.deepEqual([with900?.price, with900?.stock], ["900", 6]);
    await shop.list(main, web, "900", false);
    for (const id of ids.slice(1)) await shop.list(id, web, "5000", false);
    const [only] = (await shown("web")).data;
    assert.deepEqual([only?.price, only?.price_max, only?.stock], ["1000", "1000", 1]);
    await shop.list(ids[0] ?? "", web, "1000", false);
    assert.deepEqual((await shown("web")).total, 0);
    assert.equal((await one(main)).code, "good_not_found");
  });

  it("can be filtered by what any of them costs and has", async () => {
    const main = (await create({ name: "Sock" })).body.id;
    const [cheap, dear] = [
      (await create({ name: "Sock S", variant_of: main, options: size("S") })).body.id,
      (await create({ name: "Sock L", variant_of: main, options: size("L") })).body.id,
    ];
    await shop.list(cheap, west, "100");
    await shop.list(dear, west, "900");
    const rows = async (query: string) =>
      (await shop.server.client.get<{ data: Row[] }>(`/api/v1/goods?channel=west&${query}`)).body.data.length;
    assert.deepEqual(
      [
        await rows("price_min=500"),
        await rows("price_max=500"),
        await rows("price_min=901"),
        await rows("price_max=99"),
      ],
      [1, 1, 0, 0],
    );
    const plain = (await create({ name: "Scarf" })).body.id;
    await shop.list(plain, west, "5000");
    assert.equal(await rows("in_stock=true"), 0);
    await stock(plain, 1);
    assert.equal(await rows("in_stock=true&price_min=5000"), 1);
    await stock(plain, 0);
    await stock(dear, 1);
    assert.equal(await rows("in_stock=true"), 1);
    assert.equal(await rows(`merchant_id=${shop.merchantId}`), 2);
    assert.equal(await rows(`merchant_id=${NOBODY}`), 0);
  });

  it("are apart from their siblings, and one level deep", async () => {
    const main = (await create({ name: "Hat" })).body.id;
    const small = (
      await create({ name: "Hat S", variant_of: main, options: [...size("S"), { name: "colour", value: "Red" }] })
    ).body.id;
    const other = (await create({ name: "Cap" })).body.id;
    const refusals: [Promise<{ status: number; body: OwnGood }>, number, string][] = [
      [
        create({
          variant_of: main,
          options: [
            { name: "Colour", value: "red" },
            { name: "SIZE", value: "s" },
          ],
        }),
        409,
        "variant_taken",
      ],
      [create({ variant_of: main, options: [] }), 409, "variant_refused"],
      [create({ variant_of: small, options: size("M") }), 409, "variant_refused"],
      [create({ options: size("M") }), 409, "variant_refused"],
      [create({ variant_of: NOBODY, options: size("M") }), 404, "good_not_found"],
      [create({ variant_of: main, options: [...size("M"), ...size("L")] }), 400, "validation_failed"],
      [create({ variant_of: main, options: size("a;b") }), 400, "validation_failed"],
      [change(main, { variant_of: other, options: size("M") }), 409, "variant_refused"],
      [change(other, { variant_of: other, options: size("M") }), 409, "variant_refused"],
      [change(small, { options: [] }), 409, "variant_refused"],
    ];
    for (const [at, [answer, status, code]] of refusals.entries()) {
      const { status: got, body } = await answer;
      assert.deepEqual([got, body.code], [status, code], `case ${at}`);
    }
    const stranger = await shop.server.signIn(wallet(2));
    const theirs = await stranger.client.post<{ id: string }>("/api/v1/merchants", {
      name: "X",
      payee: wallet(2).address,
    });
    const taken = await stranger.client.post("/api/v1/goods", {
      ...{ merchant_id: theirs.body.id, name: "Theft", description: "", variant_of: main, options: size("M") },
    });
    assert.deepEqual([taken.status, taken.body.code], [404, "good_not_found"]);
  });

  it("can move to another main good, and become one", async () => {
    const channel = await shop.openChannel("moves");
    const [a, b] = [(await create({ name: "A" })).body.id, (await create({ name: "B" })).body.id];
    const variant = (await create({ name: "V", variant_of: a, options: size("S") })).body.id;
    await shop.list(variant, channel, "100");
    await shop.list(b, channel, "300");
    const names = async () =>
      (await shown("moves")).data.map(({ name, price, has_variants: has }) => [name, price, has]).sort();
    assert.deepEqual(await names(), [
      ["A", "100", true],
      ["B", "300", false],
    ]);
    assert.equal((await change(variant, { variant_of: b })).status, 200);
    assert.deepEqual(await names(), [["B", "100", true]]);
    assert.equal((await shown("moves")).total, 1);
    assert.equal((await change(variant, { variant_of: null })).body.variant_of, null);
    assert.deepEqual(await names(), [
      ["B", "300", false],
      ["V", "100", false],
    ]);
    assert.equal((await shown("moves")).total, 2);
  });

  it("are changed by their merchant, who sees all goods with stock and listings", async () => {
    const id = (await create({ name: "Old", sku: "CHG-1", cost: "70" })).body.id;
    await shop.list(id, web, "100", false);
    await stock(id, 4);
    const { body } = await change(id, { name: "New", description: "d", sku: "CHG-2", cost: null });
    assert.deepEqual([(body as OwnGood & { name: string }).name, body.sku], ["New", "CHG-2"]);
    await create({ name: "Other", sku: "CHG-3" });
    assert.deepEqual(
      [(await change(id, { sku: "CHG-3" })).body.code, (await change(id, { sku: "CHG-2" })).status],
      ["sku_taken", 200],
    );
    assert.equal((await change(id, { price: "1" })).body.code, "unknown_field");
    assert.equal((await change(id, { category: "nowhere" })).body.code, "category_not_found");

    const own = `/api/v1/merchants/${shop.merchantId}/goods`;
    type Own = {
      total: number;
      next_cursor: string | null;
      data: (OwnGood & { name: string; cost: string | null; stock: unknown; listings: unknown[] })[];
    };
    const seen: Own["data"] = [];
    let total = 0;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = (await shop.seller.client.get<Own>(`${own}?per_page=5${cursor ? `&cursor=${cursor}` : ""}`)).body;
      seen.push(...page.data);
      [cursor, total] = [page.next_cursor, page.total];
    }
    assert.deepEqual([seen.length, new Set(seen.map((good) => good.id)).size], [total, total]);
    const mine = seen.find((good) => good.id === id);
    assert.deepEqual(
      [mine?.name, mine?.cost, mine?.stock, mine?.listings],
      [
        "New",
        null,
        { on_hand: 4, reserved: 0, available: 4 },
        [{ channel_id: web.id, channel: "web", price: "100", currency: "USD", freight: "0", open: false }],
      ],
    );
    const stranger = await shop.server.signIn(wallet(3));
    assert.deepEqual(
      told(await stranger.client.get(own)),
      told(await stranger.client.get(`/api/v1/merchants/${NOBODY}/goods`)),
    );
    assert.deepEqual(
      told(await stranger.client.patch(`/api/v1/goods/${id}`, { name: "Theirs" })),
      told(await stranger.client.patch(`/api/v1/goods/${NOBODY}`, { name: "Theirs" })),
    );
  });
});
