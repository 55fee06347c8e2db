import assert from "node:assert/strict";
import { system } from "../../server/core/db/context.ts";
import { sql } from "../../server/core/db/sql.ts";
import { stockOf } from "../../server/modules/inventory/index.ts";
import {
  fill,
  type Market,
  once,
  openMarket,
  orderBody,
  type PlacedBody,
  type Shopper,
} from "../server/flows/market.ts";
import { onBothDatabases } from "../support/databases.ts";
import { wallet } from "../support/wallets.ts";

const BUYERS = 60;
const TEST = system("test");

onBothDatabases((db) => {
  let market: Market;
  let buyers: Shopper[];

  before(async () => {
    market = await openMarket(db);
    buyers = await Promise.all(Array.from({ length: BUYERS }, (_, n) => market.shopper(wallet(200 + n))));
  });
  after(() => market.server.stop());

  const stock = (good: string) => db.database().read(TEST, (ctx) => stockOf(ctx, good));
  const count = async (table: string, where = "1 = 1") => {
    const { rows } = await db
      .database()
      .read(TEST, (ctx) => sql<{ n: number | string }>(ctx.db, `SELECT count(*) AS n FROM ${table} WHERE ${where}`));
    return Number(rows[0]?.n);
  };
  const checkout = (buyer: Shopper, headers = once()) =>
    buyer.client.post<PlacedBody & { code?: string }>("/api/v1/orders", orderBody(buyer), headers);

  it("sells the last ten to exactly ten of sixty who order at once", async () => {
    const good = await market.good(0, "Last", "100", 10);
    await Promise.all(buyers.map((buyer) => fill(buyer, { [good]: 1 })));
    const answers = await Promise.all(buyers.map((buyer) => checkout(buyer)));

    const statuses = Map.groupBy(answers, ({ status }) => status);
    assert.deepEqual([statuses.get(201)?.length, statuses.get(409)?.length], [10, BUYERS - 10]);
    assert.deepEqual(new Set(statuses.get(409)?.map(({ body }) => body.code)), new Set(["out_of_stock"]));
    assert.deepEqual(await stock(good), { onHand: 10, reserved: 10, available: 0 });
    assert.deepEqual(
      [await count("shop_order"), await count("escrow_order"), await count("payment"), await count("reservation")],
      [10, 10, 10, 10],
    );
    assert.equal(await count("task", "kind = 'order.expire'"), 10);
    await Promise.all(buyers.map(({ client }) => client.delete("/api/v1/cart")));
  });

  it("sells baskets in any order of goods without waiting in a circle", async () => {
    const goods = await Promise.all(
      ([0, 1, 0, 1] as const).map((seller, n) => market.good(seller, `Basket ${n}`, "100", 20)),
    );
    const basket = (n: number) => (n % 2 ? goods : [...goods].reverse());
    await Promise.all(buyers.map((buyer, n) => fill(buyer, Object.fromEntries(basket(n).map((good) => [good, 1])))));
    const answers = await Promise.all(buyers.map((buyer) => checkout(buyer)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201, 409]));
    assert.equal(answers.filter(({ status }) => status === 201).length, 20);
    for (const good of goods) assert.deepEqual(await stock(good), { onHand: 20, reserved: 20, available: 0 });
    await Promise.all(buyers.map(({ client }) => client.delete("/api/v1/cart")));
  });

  it("orders a cart once, however often it is ordered at once", async () => {
    const good = await market.good(0, "Once", "100", 50);
    const [buyer] = buyers;
    assert.ok(buyer);
    await fill(buyer, { [good]: 3 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => checkout(buyer)));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.deepEqual(
      new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code)),
      new Set(["cart_empty"]),
    );
    assert.equal((await stock(good)).reserved, 3);
  });

  it("does the work of one Idempotency-Key once, and tells everybody the same", async () => {
    const good = await market.good(0, "Keyed", "100", 50);
    const [, buyer] = buyers;
    assert.ok(buyer);
    await fill(buyer, { [good]: 2 });
    const headers = once();
    const answers = await Promise.all(Array.from({ length: 50 }, () => checkout(buyer, headers)));
    const made = answers.filter(({ status }) => status === 201);
    assert.ok(made.length >= 1);
    assert.equal(new Set(made.map(({ body }) => body.payment_id)).size, 1);
    const others = answers.filter(({ status }) => status !== 201);
    assert.deepEqual(
      others.filter(({ status, body }) => status !== 409 || body.code !== "idempotency_key_running"),
      [],
    );
    assert.equal((await checkout(buyer, headers)).body.payment_id, made[0]?.body.payment_id);
    assert.equal((await stock(good)).reserved, 2);
  });
});
