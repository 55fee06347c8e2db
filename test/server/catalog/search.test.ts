import assert from "node:assert/strict";
import { type Context, system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { type Id, newId } from "../../../server/core/ids.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import {
  catalogHandlers,
  changeGood,
  createGood,
  putListing,
  type ShelfRequest,
  shelf,
} from "../../../server/modules/catalog/index.ts";
import { createMerchant } from "../../../server/modules/merchants/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import { wallet } from "../../support/wallets.ts";

const CHAIN = { escrow: wallet(5).address, operator: wallet(6).address, tokens: [] };
const TEST = system("test");
const channelId = newId();

onBothDatabases((db) => {
  let as: <T>(fn: (ctx: Context) => Promise<T>) => Promise<T>;
  let merchantId: Id;
  const ids = new Map<string, Id>();

  before(async () => {
    const user = await db.database().write(TEST, (ctx) => userOfWallet(ctx, wallet(1).address, []));
    as = (fn) => db.database().write({ kind: "user", id: user.id, roles: user.roles }, fn);
    const merchant = await as((ctx) =>
      createMerchant(ctx, [CHAIN], { ownerId: user.id, name: "Blue Mugs", payee: wallet(1).address }),
    );
    merchantId = merchant.id;
    await add("Blue mug", "Holds tea.", 300, "MUG-B");
    await add("Red mugs, box of six", "Blue ribbon", 900);
    await add("蓝色陶瓷杯", "适合泡茶 tea", 500);
    await add("Café glasses", "naïve ones", 100);
    await add("ＭＵＧ １２", "wide letters", 200);
  });

  async function add(name: string, description: string, price: number, sku?: string): Promise<void> {
    const good = await as((ctx) => createGood(ctx, merchantId, { name, description, sku }));
    await as((ctx) => putListing(ctx, { goodId: good.id, channelId, price, freight: 0, open: true }));
    ids.set(name, good.id);
  }

  const found = async (question: string, more: Partial<ShelfRequest> = {}) => {
    const request = { channelId, per_page: 20, question, ...more };
    const slice = await db.database().read(TEST, (ctx) => shelf(ctx, request));
    assert.equal(slice.rows.length, slice.total, question);
    return slice.rows.map(({ name }) => name);
  };

  it("finds words of either language in names, numbers and descriptions", async () => {
    const cases: [string, string[]][] = [
      ["mug", ["ＭＵＧ １２", "Red mugs, box of six", "Blue mug"]],
      ["MUGS", ["ＭＵＧ １２", "Red mugs, box of six", "Blue mug"]],
      ["mug 12", ["ＭＵＧ １２"]],
      ["mug-b", ["Blue mug"]],
      ["boxes six", ["Red mugs, box of six"]],
      ["cafe", ["Café glasses"]],
      ["naive glass", ["Café glasses"]],
      ["陶瓷", ["蓝色陶瓷杯"]],
      ["杯", ["蓝色陶瓷杯"]],
      ["泡茶", ["蓝色陶瓷杯"]],
      ["瓷陶", []],
      ["蓝杯", []],
      ["tea 蓝色", ["蓝色陶瓷杯"]],
      ["nothing", []],
      ["!?", []],
    ];
    for (const [question, names] of cases) assert.deepEqual(await found(question), names, question);
  });

  it("takes the last word for a beginning, and no other", async () => {
    assert.deepEqual(await found("bl"), ["Blue mug", "Red mugs, box of six"]);
    assert.deepEqual(await found("blue mu"), ["Blue mug", "Red mugs, box of six"]);
    assert.deepEqual(await found("bl mug"), []);
    assert.deepEqual(await found("b"), ["Blue mug"], "one letter is a word, not a beginning");
  });

  it("shows what has the words in its title first, and else the newest", async () => {
    assert.deepEqual(await found("blue"), ["Blue mug", "Red mugs, box of six"]);
    assert.deepEqual(await found("tea"), ["蓝色陶瓷杯", "Blue mug"]);
    assert.deepEqual(await found("mug", { sort: "price_asc" }), ["ＭＵＧ １２", "Blue mug", "Red mugs, box of six"]);
    assert.deepEqual(await found("mug", { priceMin: 250, priceMax: 500 }), ["Blue mug"]);
  });

  it("takes no sign of a query language for one", async () => {
    for (const question of [
      '"',
      "mug OR tea",
      "mug*",
      "title:blue",
      "mug AND NOT blue",
      "'mug':A & !x",
      "NEAR(a b)",
      "^mug",
      "a:*|b",
      "\\",
    ])
      await found(question);
    assert.deepEqual(await found("{title} : mug"), []);
  });

  it("goes on with the cursor in every order, each good once", async () => {
    const names = [...ids.keys()];
    for (const sort of ["oldest", "newest", "price_asc", "price_desc", "name"] as const)
      assert.deepEqual((await walk({ sort })).sort(), [...names].sort(), sort);
    assert.deepEqual(await walk({ sort: "price_desc" }), (await walk({ sort: "price_asc" })).reverse());
    assert.deepEqual(await walk({ sort: "newest" }), (await walk({ sort: "oldest" })).reverse());
    assert.deepEqual(await walk({ sort: "name" }), [
      "Blue mug",
      "Café glasses",
      "ＭＵＧ １２",
      "Red mugs, box of six",
      "蓝色陶瓷杯",
    ]);
    assert.deepEqual(await walk({ question: "blue" }), await found("blue"));
    assert.deepEqual(await walk({ question: "mug" }), await found("mug"));
    assert.deepEqual(await walk({ question: "tea" }), await found("tea"));
    assert.deepEqual(
      (await pageOf({ question: "blue", page: 2 })).rows.map(({ name }) => name),
      ["Red mugs, box of six"],
    );
  });

  const pageOf = (more: Partial<ShelfRequest>) =>
    db.database().read(TEST, (ctx) => shelf(ctx, { channelId, per_page: 1, ...more }));

  async function walk(more: Partial<ShelfRequest>): Promise<string[]> {
    const names: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const slice = await pageOf({ ...more, ...(cursor === undefined ? {} : { cursor }) });
      names.push(...slice.rows.map(({ name }) => name));
      cursor = slice.nextCursor;
    }
    return names;
  }

  it("forgets the old words of a good that is renamed, and finds a variant's under its main good", async () => {
    const id = ids.get("Blue mug") ?? "";
    await as((ctx) => changeGood(ctx, id, { name: "Azure mug" }));
    assert.deepEqual(await found("azure"), ["Azure mug"]);
    assert.deepEqual(await found("blue"), ["Red mugs, box of six"]);
    const huge = await as((ctx) =>
      createGood(ctx, merchantId, {
        name: "Bucket",
        sku: "BKT",
        variantOf: id,
        options: [{ name: "size", value: "Huge" }],
      }),
    );
    for (const words of ["bucket", "BKT", "huge azure"]) assert.deepEqual(await found(words), ["Azure mug"], words);
    await as((ctx) => changeGood(ctx, huge.id, { variantOf: null }));
    assert.deepEqual(await found("bucket"), [], "it is a good of its own, and on no channel");
    await as((ctx) => changeGood(ctx, id, { name: "Blue mug" }));
  });

  it("says nothing of what was rolled back", async () => {
    const failing = as(async (ctx) => {
      await changeGood(ctx, ids.get("Blue mug") ?? "", { name: "Ephemeral" });
      throw new Error("changed my mind");
    });
    await assert.rejects(failing, /changed my mind/);
    assert.deepEqual([await found("ephemeral"), (await found("blue")).length], [[], 2]);
  });

  it("finds goods from before there was a search, once the task of the migration ran", async () => {
    await as(async (ctx) => {
      if (db.dialect === "sqlite")
        await sql(ctx.db, "DELETE FROM good_index WHERE rowid IN (SELECT doc FROM good_words)");
      await sql(ctx.db, "DELETE FROM good_words");
    });
    assert.deepEqual(await found("glasses"), []);
    const handler = catalogHandlers(testHouse(db.database()))["catalog.index_words"];
    for (const attempts of [1, 2]) await handler?.({ id: newId(), kind: "catalog.index_words", payload: {}, attempts });
    assert.deepEqual(await found("glasses"), ["Café glasses"]);
  });
});
