import assert from "node:assert/strict";
import { overviews } from "../../../server/flows/orderOverview.ts";
import { historyOf, list, ofPayment } from "../../../server/modules/orders/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans, sorts } from "../catalog/plans.ts";
import { done, type Market, type OrderBody, openMarket, type Shopper, told } from "../flows/market.ts";

type ListBody = { total: number; current_page: number | null; next_cursor: string | null; data: OrderBody[] };

onBothDatabases((db) => {
  let market: Market;
  let ada: Shopper;
  const placed: string[] = [];

  before(async () => {
    market = await openMarket(db);
    ada = await market.shopper(wallet(5));
    const goods = [await market.good(0, "Mug", "100", 100), await market.good(1, "Hat", "200", 100)] as const;
    for (let n = 0; n < 7; n += 1) {
      const { orders } = await done(market.order(ada, { [goods[0]]: 1, ...(n % 2 ? { [goods[1]]: 2 } : {}) }));
      placed.unshift(...orders.map(({ order_id }) => order_id).reverse());
    }
  });
  after(() => market.server.stop());

  const get = (query: string, client = ada.client) => client.get<ListBody>(`/api/v1/orders${query}`);
  const ids = ({ data }: ListBody) => data.map(({ order_id }) => order_id);

  it("has the shopper's orders, newest first, with their items and without a gap between pages", async () => {
    const all = await done(get("?per_page=100"));
    assert.deepEqual([all.total, all.next_cursor, ids(all)], [10, null, placed]);
    const [newest] = all.data;
    assert.deepEqual(
      newest?.items.map(({ name, count, price, total }) => [name, count, price, total]),
      [["Mug", 1, "100", "100"]],
    );
    assert.deepEqual(ids(await done(get("?page=2&per_page=4"))), placed.slice(4, 8));

    const walked: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await done(get(`?per_page=3${cursor}`));
      walked.push(...ids(page));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    assert.deepEqual(walked, placed);
  });

  it("has a merchant's orders for its owner, and for nobody else", async () => {
    const own = await done(get(`?merchant_id=${market.merchantIds[1]}`, market.sellers[1].client));
    assert.deepEqual(
      [own.total, new Set(own.data.map(({ merchant_id }) => merchant_id))],
      [3, new Set([market.merchantIds[1]])],
    );
    for (const client of [ada.client, market.sellers[0].client])
      assert.deepEqual(await told(get(`?merchant_id=${market.merchantIds[1]}`, client)), [404, "merchant_not_found"]);
    assert.deepEqual((await done(get("", market.sellers[0].client))).data, []);
    assert.equal((await get("", market.server.client)).status, 401);
  });

  it("refuses pages that are none", async () => {
    const queries = ["page=0", "page=-1", "page=1.5", "per_page=1e9", "per_page=101", "page=101", "page=1&page=2"];
    const more = ["sort=price;DROP", "sort=constructor", "cursor=", "cursor=xyz", "merchant_id=1", "user_id=1"];
    for (const query of [...queries, ...more]) assert.equal((await get(`?${query}`)).status, 400, query);
  });

  it("reads a page in four statements however long it is, by indices and without sorting", async () => {
    const request = { per_page: 10 };
    for (const whose of [{ userId: ada.userId }, { merchantId: market.merchantIds[0] }]) {
      const plans = await plansOf(db.database(), async (ctx) => {
        const { rows } = await list(ctx, whose, request);
        await overviews(ctx, rows);
      });
      assert.equal(plans.length, 4);
      assert.deepEqual(scans(plans), []);
      assert.deepEqual(sorts(plans.slice(0, 2)), []);
    }
    const plans = await plansOf(db.database(), async (ctx) => {
      await ofPayment(ctx, placed[0] ?? "");
      await historyOf(ctx, placed[0] ?? "");
    });
    assert.deepEqual(scans(plans), []);
  });
});
