import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { system } from "../../../server/core/db/context.ts";
import { cartOf, clear, linesOf } from "../../../server/modules/carts/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { SignedInClient, TestClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans } from "../catalog/plans.ts";
import { type ChannelBody, NOBODY, openShop, type Shop, told } from "../goods/shop.ts";

type Line = {
  good_id: string;
  channel: string;
  count: number;
  price: string;
  seen_price: string;
  price_changed: boolean;
  available: number;
  status: string;
  total: string;
};
type Cart = {
  lines: Line[];
  channels: { channel: string; total: string }[];
  total: { currency: string; amount: string }[];
};
type Wish = { good_id?: unknown; count?: unknown; channel?: unknown };

const TEST = system("test");
const PATH = "/api/v1/cart";

onBothDatabases((db) => {
  let shop: Shop;
  let web: ChannelBody;
  let store: ChannelBody;
  let mug: string;
  let cup: string;
  let shoppers = 4;
  let shopper: SignedInClient;

  before(async () => {
    shop = await openShop(db);
    web = await shop.openChannel("web");
    store = await shop.openChannel("store", { type: "store" });
    [mug, cup] = [await shop.addGood("Mug", 10), await shop.addGood("Cup", 1)];
    for (const channel of [web, store]) await shop.list(mug, channel, channel === web ? "1200" : "1000");
    await shop.list(cup, web, "300");
  });
  beforeEach(async () => {
    shoppers += 1;
    shopper = await shop.server.signIn(wallet(100 + shoppers));
  });
  after(() => shop.server.stop());

  const put = (...lines: Wish[]) => shopper.client.post<Cart>(PATH, lines);
  const cart = async (client: TestClient = shopper.client) => (await client.get<Cart>(PATH)).body;
  const counts = ({ lines }: Cart) => lines.map(({ good_id, channel, count }) => [good_id, channel, count]);

  it("is empty at first, and only for who signed in", async () => {
    assert.deepEqual(await cart(), { lines: [], channels: [], total: [] });
    for (const attempt of [
      shop.server.client.get(PATH),
      shop.server.client.post(PATH, []),
      shop.server.client.delete(PATH),
    ])
      assert.equal((await attempt).status, 401);
  });

  it("sets counts, tells the total, and 0 removes", async () => {
    const { status, body } = await put(
      { good_id: mug, count: 2 },
      { good_id: cup, count: 1, channel: "web" },
      { good_id: mug, count: 1, channel: "store" },
    );
    assert.equal(status, 200);
    assert.deepEqual(body.total, [{ currency: "USD", amount: "3700" }]);
    assert.deepEqual(
      body.channels.map(({ channel, total }) => [channel, total]),
      [
        ["web", "2700"],
        ["store", "1000"],
      ],
    );
    assert.deepEqual(await cart(), body);

    const again = await put({ good_id: mug, count: 3 }, { good_id: cup, count: 0 });
    assert.deepEqual(counts(again.body).sort(), [
      [mug, "store", 1],
      [mug, "web", 3],
    ]);
    assert.deepEqual(again.body.total, [{ currency: "USD", amount: "4600" }]);
    assert.deepEqual((await put({ good_id: NOBODY, count: 0 })).body, again.body);

    assert.equal((await shopper.client.delete(PATH)).status, 204);
    assert.deepEqual(counts(await cart()), []);
  });

  it("answers the same to the same Idempotency-Key", async () => {
    const headers = { "idempotency-key": "set-my-cart-once" };
    const first = await shopper.client.post(PATH, [{ good_id: mug, count: 2 }], headers);
    await put({ good_id: mug, count: 5 });
    const second = await shopper.client.post(PATH, [{ good_id: mug, count: 2 }], headers);
    assert.deepEqual(second.body, first.body);
    assert.deepEqual(counts(await cart()), [[mug, "web", 5]]);
  });

  it("belongs to one user", async () => {
    const other = await shop.server.signIn(wallet(3));
    await put({ good_id: mug, count: 2 });
    assert.deepEqual(counts(await cart(other.client)), []);
    await other.client.delete(PATH);
    assert.deepEqual(counts(await cart()), [[mug, "web", 2]]);
  });

  it("shows what changed: price, stock, and that a listing closed", async () => {
    const lamp = await shop.addGood("Lamp", 5);
    await shop.list(lamp, web, "5000");
    const line = async () => (await cart()).lines[0];
    await put({ good_id: lamp, count: 4 });
    await shop.list(lamp, web, "5500");
    await shop.seller.client.put(`/api/v1/goods/${lamp}/stock`, { on_hand: 3 });
    const { price, seen_price, price_changed, available, status, total } = (await line()) ?? {};
    assert.deepEqual(
      { price, seen_price, price_changed, available, status, total },
      { price: "5500", seen_price: "5000", price_changed: true, available: 3, status: "short", total: "22000" },
    );
    await put({ good_id: lamp, count: 3 });
    assert.deepEqual([(await line())?.price_changed, (await line())?.status], [false, "available"]);

    await shop.list(lamp, web, "5500", false);
    assert.deepEqual([(await line())?.status, (await cart()).total], ["closed", []]);
    const refused = await put({ good_id: lamp, count: 1 });
    assert.deepEqual([refused.status, told(refused).body.code], [409, "good_not_listed"]);
    assert.equal((await put({ good_id: lamp, count: 0 })).status, 200);
  });

  it("takes nothing from a channel that is closed, but lets go of what it had", async () => {
    const popup = await shop.openChannel("popup");
    await shop.list(mug, popup, "1");
    await put({ good_id: mug, count: 1, channel: "popup" });
    await shop.staff.client.patch(`/api/v1/channels/${popup.id}`, { open: false });
    assert.equal((await cart()).lines[0]?.status, "closed");
    const { status, body } = await shopper.client.post(PATH, [{ good_id: mug, count: 2, channel: "popup" }]);
    assert.deepEqual([status, body.code], [409, "channel_closed"]);
    assert.deepEqual((await put({ good_id: mug, count: 0, channel: "popup" })).body.lines, []);
  });

  it("changes nothing when one line is wrong", async () => {
    await put({ good_id: mug, count: 2 });
    const cases: [Wish, number, string][] = [
      [{ good_id: NOBODY, count: 1 }, 404, "good_not_found"],
      [{ good_id: cup, count: 1, channel: "store" }, 404, "good_not_found"],
      [{ good_id: cup, count: 1, channel: "nowhere" }, 404, "channel_not_found"],
      [{ good_id: mug, count: 1, channel: "web" }, 400, "cart_line_repeated"],
    ];
    for (const [wrong, status, code] of cases) {
      const refused = await shopper.client.post(PATH, [{ good_id: mug, count: 9 }, wrong]);
      assert.deepEqual([refused.status, refused.body.code], [status, code]);
    }
    assert.deepEqual(counts(await cart()), [[mug, "web", 2]]);
  });

  it("refuses counts and shapes that are none", async () => {
    const counts = [-1, 1_000, 1.5, 1e21, 2 ** 53 + 2, "1", "1e3", "0x10", " 1 ", null, [1], true, {}];
    const bodies: unknown[] = [
      ...counts.map((count) => [{ good_id: mug, count }]),
      '[{"good_id":"x","count":NaN}]',
      [{ good_id: "x", count: 1 }],
      [{ good_id: [mug], count: 1 }],
      [{ count: 1 }],
      [{ good_id: mug }],
      [{ good_id: mug, count: 1, price: "1" }],
      [{ good_id: mug, count: 1, user_id: NOBODY }],
      `[{"good_id":"${mug}","count":1,"__proto__":{"count":5}}]`,
      [{ good_id: mug, count: 1, channel: "' OR 1=1" }],
      [],
      {},
      [[]],
      Array.from({ length: 101 }, () => ({ good_id: mug, count: 1 })),
    ];
    for (const body of bodies)
      assert.equal((await shopper.client.post(PATH, body)).status, 400, JSON.stringify(body).slice(0, 80));
    assert.deepEqual((await cart()).lines, []);
  });

  it("has a hundred lines and no more, also when they come at the same time", async () => {
    const goods: string[] = [];
    for (let n = 0; n < 110; n += 1) goods.push(await shop.addGood(`Small ${n}`));
    for (const good of goods) await shop.list(good, web, "1");
    const parts = Array.from({ length: 11 }, (_, n) => goods.slice(n * 10, n * 10 + 10));
    const answers = await Promise.all(parts.map((part) => put(...part.map((good_id) => ({ good_id, count: 1 })))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array.from({ length: 10 }, () => 200), 409]);
    assert.equal((await cart()).lines.length, 100);
  });

  it("ends with one of the counts that were set at the same time", async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => {
        const lines = [
          { good_id: mug, count: n % 3 },
          { good_id: cup, count: n % 2 },
        ];
        return put(...(n % 2 === 0 ? lines : lines.reverse()));
      }),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const last = counts(await cart());
    assert.ok(answers.some(({ body }) => isDeepStrictEqual(counts(body), last)));
  });

  it("is sold to one of two checkouts at once", async () => {
    await put({ good_id: mug, count: 2 }, { good_id: mug, count: 1, channel: "store" });
    const found = await Promise.all(
      Array.from({ length: 8 }, () =>
        db.database().write(TEST, async (ctx) => {
          const lines = await linesOf(ctx, shopper.userId, web.id);
          await clear(ctx, shopper.userId, web.id);
          return lines.length;
        }),
      ),
    );
    assert.deepEqual(found.sort(), [0, 0, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual(counts(await cart()), [[mug, "store", 1]]);
  });

  it("is read in four statements, by indices", async () => {
    await put({ good_id: mug, count: 2 }, { good_id: cup, count: 1 }, { good_id: mug, count: 1, channel: "store" });
    const plans = await plansOf(db.database(), (ctx) => cartOf(ctx, shopper.userId));
    assert.equal(plans.length, 4);
    assert.deepEqual(scans(plans), []);
  });
});
