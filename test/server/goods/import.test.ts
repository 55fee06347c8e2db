import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import type { SignedInClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { NOBODY, openShop, type Shop, told } from "./shop.ts";

type ReportRow = {
  row: number;
  status: string;
  sku: string;
  good_id: string | null;
  code: string | null;
  detail: string | null;
};
type Report = {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  data: ReportRow[];
  code?: string;
};

onBothDatabases((db) => {
  let shop: Shop;
  before(async () => {
    shop = await openShop(db);
    await shop.openChannel("web");
    await shop.openChannel("store", { type: "store" });
  });
  after(() => shop.server.stop());

  const send = (file: string | Uint8Array, headers: Record<string, string> = {}, merchant = shop.merchantId) =>
    sendAs(shop.seller, file, headers, merchant);
  const sendAs = (
    who: SignedInClient,
    file: string | Uint8Array,
    headers: Record<string, string>,
    merchant = shop.merchantId,
  ) =>
    who.client.send<Report>("POST", `/api/v1/goods/import?merchant_id=${merchant}`, file, {
      "content-type": "text/csv",
      ...headers,
    });
  const totals = ({ rows, created, updated, unchanged, failed }: Report) => [rows, created, updated, unchanged, failed];
  const good = async (id: string | null | undefined, channel: string) =>
    (await shop.server.client.get(`/api/v1/goods/${id}?channel=${channel}`)).body;

  it("creates goods, lists them on each channel, and changes only what a later file says", async () => {
    const file = [
      "sku,name,description,channel,price,freight,stock,cost,open",
      'mug-1,Blue mug,"Holds ""tea"",\nand coffee",web,1200,50,7,300,true',
      "mug-1,,,store,900,,,,",
      "mug-2,Red mug,,web,1300,,0,,FALSE",
      "mug-3,Green mug,,,,,4,,",
    ].join("\r\n");
    const { status, body } = await send(`\ufeff${file}\r\n`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(totals(body), [4, 3, 1, 0, 0]);
    assert.deepEqual(
      body.data.map((row) => [row.row, row.status, row.sku, row.code]),
      [
        [2, "created", "mug-1", null],
        [3, "updated", "mug-1", null],
        [4, "created", "mug-2", null],
        [5, "created", "mug-3", null],
      ],
    );
    const id = body.data[0]?.good_id;
    const onWeb = await good(id, "web");
    assert.deepEqual(
      [onWeb.name, onWeb.description, onWeb.price, onWeb.stock],
      ["Blue mug", 'Holds "tea",\nand coffee', "1200", 7],
    );
    assert.deepEqual(
      (onWeb.listings as { price: string; freight: string }[]).map(({ price, freight }) => [price, freight]),
      [
        ["1200", "50"],
        ["900", "0"],
      ],
    );
    assert.equal((await good(body.data[2]?.good_id, "web")).status, 404, "it is not open");

    assert.deepEqual(totals((await send(file)).body), [4, 0, 0, 4, 0]);
    const later = await send("sku,price,channel,stock\nmug-1,1100,web,\nmug-2,,,9\n");
    assert.deepEqual(totals(later.body), [2, 0, 2, 0, 0]);
    const after = await good(id, "web");
    assert.deepEqual([after.price, after.stock, after.name], ["1100", 7, "Blue mug"]);
  });

  it("does the rows that are right, and says of the others what is wrong", async () => {
    const { status, body } = await send(
      [
        "sku,name,channel,price,freight,stock,open",
        "ok-1,Fine,web,100,,1,",
        ",Nameless,web,100,,1,",
        "bad-1,,web,100,,1,",
        "bad-2,No channel,moon,100,,1,",
        "bad-3,No price,web,,,1,",
        "bad-4,Broken price,web,1.50,,1,",
        "bad-5,Dear,web,90000000001,,1,",
        "bad-6,Heavy,web,1,100000001,1,",
        "bad-7,Too many,web,1,,1e9,",
        "bad-8,Perhaps,web,1,,1,maybe",
        "bad-9,Nowhere,,1,,1,",
        "bad-10,More,web,1,,1,true,more",
        "bad-11,\u202eTurned,web,1,,1,",
        ",,,,,,",
        "ok-2,Fine too,web,100",
      ].join("\n"),
    );
    assert.equal(status, 200);
    assert.deepEqual(totals(body), [14, 2, 0, 0, 12]);
    assert.deepEqual(
      body.data.map((row) => [row.row, row.status, row.code]),
      [
        [2, "created", null],
        [3, "failed", "validation_failed"],
        [4, "failed", "validation_failed"],
        [5, "failed", "channel_not_found"],
        ...[6, 7, 8, 9, 10, 11, 12, 13, 14].map((row) => [row, "failed", "validation_failed"]),
        [16, "created", null],
      ],
    );
    for (const row of body.data.filter((each) => each.status === "failed"))
      assert.match(row.detail ?? "", /^[^{}]{10,}\.$/, `row ${row.row} says what is wrong: ${row.detail}`);
    const again = await send("sku,name\nbad-1,Now named\n");
    assert.deepEqual(totals(again.body), [1, 1, 0, 0, 0], "a row that failed left nothing behind");
  });

  it("takes no stock that orders hold", async () => {
    const { body } = await send("sku,name,stock\nheld,Held,5\n");
    const id = body.data[0]?.good_id ?? "";
    await db.database().write({ kind: "system", name: "test" }, async (ctx) => {
      await ctx.db.query(`UPDATE stock_level SET reserved = 3 WHERE good_id = '${id}'`);
    });
    const low = await send("sku,name,stock\nheld,Renamed,2\nheld,,3\n");
    assert.deepEqual(
      low.body.data.map((row) => [row.status, row.code]),
      [
        ["failed", "stock_below_reserved"],
        ["updated", null],
      ],
    );
    const { rows } = await db.database().read({ kind: "system", name: "test" }, async (ctx) => ({
      rows: await ctx.db.query(`SELECT name FROM good WHERE id = '${id}'`),
    }));
    assert.deepEqual(rows[0].name, "Held", "a row is done wholly or not at all");
  });

  it("refuses files that are none", async () => {
    const cases: [string | Uint8Array, number, string][] = [
      ["", 400, "validation_failed"],
      ["name,price\nx,1\n", 400, "csv_malformed"],
      ["sku,colour\nx,1\n", 400, "csv_malformed"],
      ["sku,sku\nx,1\n", 400, "csv_malformed"],
      ['sku,name\nx,"never closed\n', 400, "csv_malformed"],
      [Buffer.from([0x73, 0x6b, 0x75, 0x0a, 0xff, 0xfe]), 400, "csv_malformed"],
      [`sku\n${"x\n".repeat(5_001)}`, 413, "csv_too_long"],
      ["x".repeat(2 * 1_024 * 1_024 + 1), 413, "body_too_large"],
    ];
    for (const [file, status, code] of cases) {
      const answer = await send(file);
      assert.deepEqual([answer.status, answer.body.code], [status, code], String(file).slice(0, 30));
    }
    for (const type of ["application/json", "text/plain", "text/csv; charset=gbk", ""]) {
      const answer = await send("sku,name\nx,X\n", { "content-type": type });
      assert.deepEqual([answer.status, answer.body.code], [415, "unsupported_media_type"], type);
    }
    const squeezed = await send("sku,name\nx,X\n", { "content-encoding": "gzip" });
    assert.equal(squeezed.status, 415);
    assert.equal((await send("sku,name\ncs,X\n", { "content-type": "Text/CSV; charset=UTF-8" })).status, 200);
  });

  it("is for the merchant alone", async () => {
    const stranger = await shop.server.signIn(wallet(2));
    const foreign = told(await sendAs(stranger, "sku,name\nx,X\n", {}));
    assert.deepEqual(foreign.status, 404);
    assert.deepEqual(foreign, told(await sendAs(stranger, "sku,name\nx,X\n", {}, NOBODY)));
    assert.equal((await shop.server.client.post(`/api/v1/goods/import?merchant_id=${NOBODY}`)).status, 401);
  });

  it("is answered again, and not done again, for the same key", async () => {
    const headers = { "idempotency-key": "import-once-1" };
    const first = await send("sku,name\nonce,Once\n", headers);
    const second = await send("sku,name\nonce,Once\n", headers);
    assert.deepEqual([first.status, second.status], [200, 200]);
    assert.deepEqual(second.body, first.body);
    assert.equal(second.headers.get("idempotency-replayed"), "true");
    const other = await send("sku,name\nonce,Twice\n", headers);
    assert.deepEqual([other.status, other.body.code], [422, "idempotency_key_reused"]);
  });

  it("keeps a SKU unique among a merchant's goods, however many import it at once", async () => {
    const goods = (n: number) =>
      `sku,name,channel,price\n${Array.from({ length: 40 }, (_, at) => `race-${at},R${n},web,5`).join("\n")}`;
    const reports = await Promise.all(Array.from({ length: 6 }, (_, n) => send(goods(n))));
    assert.equal(
      reports.reduce((sum, { body }) => sum + body.created, 0),
      40,
    );
    const create = (sku: string) =>
      shop.seller.client.post("/api/v1/goods", { merchant_id: shop.merchantId, name: "X", description: "", sku });
    const taken = await create("race-1");
    assert.deepEqual([taken.status, taken.body.code, taken.body.sku], [409, "sku_taken", "race-1"]);
    const made = await Promise.all([1, 2, 3].map(() => create("race-new")));
    assert.deepEqual(made.map(({ status }) => status).sort(), [201, 409, 409]);
  });

  it("makes variants and sorts goods, and is exported so that it imports again unchanged", async () => {
    const seller = await shop.server.signIn(wallet(4));
    const merchant = (
      await seller.client.post<{ id: string }>("/api/v1/merchants", { name: "Hats", payee: wallet(4).address })
    ).body.id;
    await shop.staff.client.post("/api/v1/categories", { slug: "hats", name: { en: "Hats", zh: "帽子" } });
    const file = [
      "sku,variant_of,options,name,description,category,channel,price,freight,stock,cost,open",
      "hat,,,Hat,\"=cmd|'/C calc'!A1\",hats,,,,,,",
      "hat-s,hat,size=S;colour=red,Hat S,,,web,100,5,3,40,true",
      "hat-s,,,,,,store,120,0,,,false",
      "hat-m,hat,size=M;colour=red,Hat M,,,web,110,,0,,",
      "hat-x,hat,Colour=RED;size=m,Hat twin,,,,,,,,",
      "hat-y,nothing,size=Y,Orphan,,,,,,,,",
      "hat-z,hat-s,size=Z,Nested,,,,,,,,",
      "hat-q,hat,,No options,,,,,,,,",
      "cap,,,Cap,,nowhere,,,,,,",
      "hat-n,hat,size=,No value,,,,,,,,",
    ].join("\n");
    const { body } = await sendAs(seller, file, {}, merchant);
    assert.deepEqual(
      body.data.map(({ sku, status, code }) => [sku, status, code]),
      [
        ["hat", "created", null],
        ["hat-s", "created", null],
        ["hat-s", "updated", null],
        ["hat-m", "created", null],
        ["hat-x", "failed", "variant_taken"],
        ["hat-y", "failed", "good_not_found"],
        ["hat-z", "failed", "variant_refused"],
        ["hat-q", "failed", "variant_refused"],
        ["cap", "failed", "category_not_found"],
        ["hat-n", "failed", "validation_failed"],
      ],
    );
    const hat = await good(body.data[0]?.good_id, "web");
    assert.deepEqual([hat.price, hat.price_max, hat.has_variants, hat.category], ["100", "110", true, "hats"]);
    await seller.client.post("/api/v1/goods", { merchant_id: merchant, name: "@SUM(1)", description: "no SKU" });

    const exported = await seller.client.get<string>(`/api/v1/goods/export?merchant_id=${merchant}`);
    assert.deepEqual(
      [
        exported.status,
        exported.headers.get("content-type"),
        exported.headers.get("content-disposition"),
        exported.headers.get("link"),
      ],
      [200, "text/csv; charset=utf-8", 'attachment; filename="goods.csv"', null],
    );
    assert.match(
      exported.body,
      /^sku,name,description,channel,price,freight,stock,cost,category,variant_of,options,open\r\n/,
    );
    assert.match(exported.body, /'=cmd/);
    const again = await sendAs(seller, exported.body, {}, merchant);
    assert.deepEqual(totals(again.body), [5, 0, 0, 5, 0], JSON.stringify(again.body.data));

    const swap = "sku,name,options\nhat-s,Hat small,\nhat-m,,size=L\nhat-s,,size=M;colour=red\n";
    const moved = await sendAs(seller, swap, {}, merchant);
    assert.deepEqual(totals(moved.body), [3, 0, 3, 0, 0], "one took the options that the other left");
    const stranger = `/api/v1/goods/export?merchant_id=${merchant}`;
    assert.equal((await shop.seller.client.get(stranger)).status, 404);
    assert.equal((await shop.server.client.get(stranger)).status, 401);
  });

  it("does five thousand rows in batches, and exports them in files that may be imported", async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `bulk-${n},Bulk ${n},web,${n + 1},1,3`);
    const file = `sku,name,channel,price,freight,stock\n${rows.join("\n")}`;
    const shelf = await shop.server.client.get<{ total: number }>("/api/v1/goods?channel=web");
    const { body } = await send(file);
    assert.deepEqual(totals(body), [5_000, 5_000, 0, 0, 0]);
    const now = await shop.server.client.get<{ total: number }>("/api/v1/goods?channel=web");
    assert.equal(now.body.total, shelf.body.total + 5_000);

    let [next, seen]: [string | undefined, number] = [`/api/v1/goods/export?merchant_id=${shop.merchantId}`, 0];
    while (next !== undefined) {
      const part: { body: string; headers: Headers } = await shop.seller.client.get<string>(next);
      const again = await send(part.body);
      assert.deepEqual([again.body.failed, again.body.updated], [0, 0]);
      seen += again.body.unchanged;
      next = /<(.+)>; rel="next"/.exec(part.headers.get("link") ?? "")?.[1];
    }
    assert.ok(seen > 5_000, "what other tests made is there too");
  });
});
