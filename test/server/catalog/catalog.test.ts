import assert from "node:assert/strict";
import { type Actor, type Context, system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { type Id, newId } from "../../../server/core/ids.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import {
  categoryWithin,
  createGood,
  goodsOf,
  goodWithVariants,
  keepWords,
  offersOf,
  openUnder,
  putListing,
  SORTS,
  type Sort,
  shelf,
  shelve,
} from "../../../server/modules/catalog/index.ts";
import { createMerchant, merchantsOf } from "../../../server/modules/merchants/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans, sorts } from "./plans.ts";

const CHAIN = { escrow: wallet(5).address, operator: wallet(6).address, tokens: [] };
const TEST = system("test");

onBothDatabases((db) => {
  let owner: Actor & { kind: "user" };
  let merchantId: Id;

  before(async () => {
    const user = await db.database().write(TEST, (ctx) => userOfWallet(ctx, wallet(1).address, []));
    owner = { kind: "user", id: user.id, roles: user.roles };
    const merchant = await as((ctx) =>
      createMerchant(ctx, [CHAIN], { ownerId: user.id, name: "Blue Mugs", payee: wallet(1).address }),
    );
    merchantId = merchant.id;
  });

  const as = <T>(fn: (ctx: Context) => Promise<T>) => db.database().write(owner, fn);
  const addGood = async () => (await as((ctx) => createGood(ctx, merchantId, { name: "Mug" }))).id;
  const totals = (channelId: Id) =>
    db.database().read(TEST, async (ctx) => {
      const { total } = await shelf(ctx, { channelId, per_page: 1 });
      const { rows } = await sql<{ n: number | string }>(
        ctx.db,
        "SELECT count(*) AS n FROM listing WHERE channel_id = :channelId AND open",
        { channelId },
      );
      return { total, counted: Number(rows[0]?.n) };
    });

  it("counts a listing once, however often it is opened, repriced and closed", async () => {
    const [channelId, goodId] = [newId(), await addGood()];
    const put = (price: number, open: boolean) =>
      as((ctx) => putListing(ctx, { goodId, channelId, price, freight: 0, open }));
    for (const [price, open, total] of [
      [100, false, 0],
      [100, true, 1],
      [200, true, 1],
      [200, false, 0],
      [300, false, 0],
      [300, true, 1],
    ] as const) {
      await put(price, open);
      assert.deepEqual(await totals(channelId), { total, counted: total });
    }
    const [offer] = await db.database().read(TEST, (ctx) => offersOf(ctx, [goodId]));
    assert.deepEqual([offer?.price, offer?.open], [300, true]);
  });

  it("keeps the counter true when forty open and close the same listings at once", async () => {
    const channelId = newId();
    const goods = [await addGood(), await addGood()];
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        as((ctx) =>
          putListing(ctx, { goodId: goods[n % 2] ?? "", channelId, price: n + 1, freight: 0, open: n % 3 !== 0 }),
        ),
      ),
    );
    const { total, counted } = await totals(channelId);
    assert.equal(total, counted);
  });

  it("does not count what was rolled back", async () => {
    const [channelId, goodId] = [newId(), await addGood()];
    const failing = as(async (ctx) => {
      await putListing(ctx, { goodId, channelId, price: 1, freight: 0, open: true });
      throw new Error("changed my mind");
    });
    await assert.rejects(failing, /changed my mind/);
    assert.deepEqual(await totals(channelId), { total: 0, counted: 0 });
  });

  it("reads every list by an index", async () => {
    const channelId = newId();
    await fill(channelId, 2_000);
    const database = db.database();
    const first = await database.read(TEST, (ctx) => shelf(ctx, { channelId, per_page: 20 }));
    const goodIds = first.rows.map(({ goodId }) => goodId);
    assert.ok(first.nextCursor);
    const merchantOf = first.rows[0]?.merchantId ?? "";
    const cursors = new Map<Sort, string>();
    for (const sort of SORTS) {
      const words = sort === "relevance" ? { question: "mug" } : {};
      const { nextCursor } = await database.read(TEST, (ctx) =>
        shelf(ctx, { channelId, per_page: 20, sort, ...words }),
      );
      cursors.set(sort, nextCursor ?? "");
    }
    const inOrder = await plansOf(database, async (ctx) => {
      for (const sort of SORTS.filter((each) => each !== "relevance")) {
        await shelf(ctx, { channelId, sort, per_page: 20 });
        await shelf(ctx, { channelId, sort, per_page: 20, page: 10 });
        await shelf(ctx, { channelId, sort, per_page: 20, cursor: cursors.get(sort) ?? "" });
      }
    });
    const pages = inOrder.filter(({ statement }) => statement.includes("OFFSET"));
    assert.equal(pages.length, 15);
    assert.deepEqual(sorts(pages), []);
    const others = await plansOf(database, async (ctx) => {
      const all = { channelId, per_page: 20 };
      await shelf(ctx, { ...all, question: "blue mug 17" });
      await shelf(ctx, { ...all, question: "mug", cursor: cursors.get("relevance") ?? "" });
      await shelf(ctx, { ...all, question: "mug", sort: "price_asc", priceMin: 150, inStock: true });
      await shelf(ctx, { ...all, merchantId: merchantOf, categoryIds: [newId(), newId()], inStock: true });
      await shelf(ctx, { ...all, priceMin: 150, priceMax: 160 });
      await openUnder(ctx, channelId, goodIds);
      await offersOf(ctx, goodIds);
      await goodsOf(ctx, merchantId, { per_page: 20 });
      await goodWithVariants(ctx, goodIds[0] ?? "");
      await categoryWithin(ctx, "nowhere").catch(() => undefined);
      await merchantsOf(ctx, owner.id, { per_page: 20 });
    });
    assert.deepEqual(scans([...inOrder, ...others]), []);
  });

  /** Many goods, on the channel and on seven others, as a shop has them. */
  async function fill(channelId: Id, howMany: number): Promise<void> {
    const channels = [channelId, ...Array.from({ length: 7 }, newId)];
    await as(async (ctx) => {
      for (let done = 0; done < howMany; done += 200) {
        const ids = Array.from({ length: 200 }, newId);
        const goods = ids.map((id, n) => `('${id}', '${newId()}', 'Mug ${done + n}', 'mug ${done + n}', '', 0, 0)`);
        const listings = ids.flatMap((id, n) =>
          channels.map((channel) => `('${id}', '${channel}', '${id}', ${100 + n}, TRUE, 0)`),
        );
        await sql(
          ctx.db,
          `INSERT INTO good (id, merchant_id, name, name_key, description, created_at, updated_at)
           VALUES ${goods.join(", ")}`,
        );
        await sql(
          ctx.db,
          `INSERT INTO listing (good_id, channel_id, main_id, price, open, updated_at) VALUES ${listings.join(", ")}`,
        );
        await shelve(ctx, ids);
        await keepWords(ctx, ids);
      }
      const merchants = Array.from({ length: 1_000 }, () => `('${newId()}', 'M', '${newId()}', '0x', 0)`);
      await sql(ctx.db, `INSERT INTO merchant VALUES ${merchants.join(", ")}`);
      await sql(ctx.db, "ANALYZE");
    });
  }
});
