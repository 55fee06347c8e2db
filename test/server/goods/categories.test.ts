import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { type ChannelBody, NOBODY, openShop, type Shop } from "./shop.ts";

type CategoryBody = { id: string; slug: string; parent_id: string | null; level: number; code?: string };
type Goods = { total: number; data: { name: string }[]; code?: string };

onBothDatabases((db) => {
  let shop: Shop;
  let web: ChannelBody;
  before(async () => {
    shop = await openShop(db);
    web = await shop.openChannel("web");
  });
  after(() => shop.server.stop());

  const add = async (slug: string, parent?: string | null, name = { en: slug, zh: "类" }) =>
    shop.staff.client.post<CategoryBody>("/api/v1/categories", {
      slug,
      name,
      ...(parent === undefined ? {} : { parent }),
    });
  const change = (id: string, body: unknown) => shop.staff.client.patch<CategoryBody>(`/api/v1/categories/${id}`, body);
  const tree = async () =>
    (await shop.server.client.get<{ data: CategoryBody[] }>("/api/v1/categories")).body.data.map(
      ({ slug, level }) => `${"-".repeat(level)}${slug}`,
    );
  const goods = async (query: string) => (await shop.server.client.get<Goods>(`/api/v1/goods?${query}`)).body;

  it("form a tree, and a filter takes what is below", async () => {
    const home = (await add("home")).body;
    const kitchen = (await add("kitchen", "home", { en: "Kitchen & dining", zh: "厨房" })).body;
    await add("mugs", "kitchen");
    await add("garden");
    assert.deepEqual([kitchen.parent_id, home.parent_id], [home.id, null]);
    assert.deepEqual(await tree(), ["home", "-kitchen", "--mugs", "garden"]);

    for (const [name, category] of [
      ["Mug", "mugs"],
      ["Pan", "kitchen"],
      ["Spade", "garden"],
      ["Thing", null],
    ] as const) {
      const wish = { merchant_id: shop.merchantId, name, description: "", category };
      const { status, body } = await shop.seller.client.post<{ id: string; category: string }>("/api/v1/goods", wish);
      assert.deepEqual([status, body.category], [201, category]);
      await shop.list(body.id, web, "100");
    }
    const names = async (query: string) => (await goods(query)).data.map(({ name }) => name);
    assert.deepEqual(await names("category=home"), ["Mug", "Pan"]);
    assert.deepEqual(await names("category=mugs"), ["Mug"]);
    assert.deepEqual(await names("category=home&q=pan"), ["Pan"]);
    assert.equal((await goods("category=home")).total, 2);
    assert.equal((await goods("category=nowhere")).code, "category_not_found");
    const [mug] = (await goods("category=mugs")).data as { id?: string; name: string }[];
    assert.equal((await shop.server.client.get(`/api/v1/goods/${mug?.id}`)).body.category, "mugs");

    assert.equal((await change(kitchen.id, { parent: "garden" })).status, 200);
    assert.deepEqual(await tree(), ["home", "garden", "-kitchen", "--mugs"]);
    assert.deepEqual([await names("category=home"), await names("category=garden")], [[], ["Mug", "Pan", "Spade"]]);
  });

  it("cannot be below themselves, or too deep, or called alike", async () => {
    const slugs = ["l0", "l1", "l2", "l3", "l4", "l5"];
    const made: CategoryBody[] = [];
    for (const [at, slug] of slugs.entries()) made.push((await add(slug, slugs[at - 1] ?? null)).body);
    const first = made[0]?.id ?? "";
    const refused: [Promise<{ status: number; body: { code?: string } }>, number, string][] = [
      [add("l6", "l5"), 409, "category_misplaced"],
      [change(first, { parent: "l0" }), 409, "category_misplaced"],
      [change(first, { parent: "l3" }), 409, "category_misplaced"],
      [change(first, { parent: "garden" }), 409, "category_misplaced"],
      [change(first, { slug: "l1" }), 409, "category_slug_taken"],
      [add("l1"), 409, "category_slug_taken"],
      [add("new", "nowhere"), 404, "category_not_found"],
      [change(NOBODY, { slug: "x1" }), 404, "category_not_found"],
      [add("Bad Slug"), 400, "validation_failed"],
      [change(first, { level: 3 }), 400, "unknown_field"],
    ];
    for (const [answer, status, code] of refused) {
      const { status: got, body } = await answer;
      assert.deepEqual([got, body.code], [status, code]);
    }
    const same = await Promise.all([1, 2, 3].map(() => add("same")));
    assert.deepEqual(same.map(({ status }) => status).sort(), [201, 409, 409]);
  });

  it("are staff's to change, and go when nothing is in them", async () => {
    const { body } = await add("short-lived");
    for (const { client } of [shop.seller, { client: shop.server.client }])
      assert.ok(
        [401, 403].includes(
          (await client.post("/api/v1/categories", { slug: "mine", name: { en: "a", zh: "b" } })).status,
        ),
      );
    const good = await shop.seller.client.post<{ id: string }>("/api/v1/goods", {
      ...{ merchant_id: shop.merchantId, name: "In it", description: "", category: "short-lived" },
    });
    const remove = (id: string) => shop.staff.client.delete<{ code: string }>(`/api/v1/categories/${id}`);
    assert.equal((await remove(body.id)).body.code, "category_in_use");
    await shop.seller.client.patch(`/api/v1/goods/${good.body.id}`, { category: null });
    assert.equal((await remove(body.id)).status, 204);
    assert.equal((await remove(body.id)).body.code, "category_not_found");
  });
});
