import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { applyFold, escrowOrderOf, termsOf } from "../../../server/modules/payments/index.ts";
import { NOTHING_PAID } from "../../../server/modules/payments/rules.ts";
import { foldOrder } from "../../../server/protocol/fold.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { done, type Market, openMarket, type Shopper } from "../flows/market.ts";

const LISTENER = system("listener");
const CHAIN = 31_337;

onBothDatabases((db) => {
  let market: Market;
  let ada: Shopper;
  let mug: string;

  before(async () => {
    market = await openMarket(db);
    ada = await market.shopper(wallet(5));
    mug = await market.good(0, "Mug", "1234", 1_000);
  });
  after(() => market.server.stop());

  const placed = async () => {
    const { orders } = await done(market.order(ada, { [mug]: 1 }));
    const orderId = orders[0]?.order_id ?? "";
    const row = await db.database().read(LISTENER, (ctx) => escrowOrderOf(ctx, orderId));
    const fold = foldOrder([{ kind: "authorized", id: row.termsHash, terms: termsOf(row), route: 3 }]);
    return { orderId, termsHash: row.termsHash, fold, amount: row.amount };
  };
  const version = async (orderId: string) =>
    (await db.database().read(LISTENER, (ctx) => escrowOrderOf(ctx, orderId))).version;
  const apply = (folded: Parameters<typeof applyFold>[1]) =>
    db.database().write(LISTENER, (ctx) => applyFold(ctx, folded));

  it("says what was and what is, and writes a change once", async () => {
    const { orderId, termsHash, fold, amount } = await placed();
    const folded = { chainId: CHAIN, termsHash, fold, confidence: "seen" as const };
    const after = { ...NOTHING_PAID, state: "authorized", confidence: "seen", held: amount };
    assert.deepEqual(await apply(folded), { orderId, before: NOTHING_PAID, after });
    assert.equal(await version(orderId), 1);
    assert.deepEqual(await apply(folded), { orderId, before: after, after });
    assert.equal(await version(orderId), 1);
    assert.deepEqual(await apply({ ...folded, fold: undefined }), { orderId, before: after, after: NOTHING_PAID });
  });

  it("knows no order of another chain, nor one whose terms differ by a bit", async () => {
    const { termsHash, fold } = await placed();
    const folded = { chainId: CHAIN, termsHash, fold, confidence: "final" as const };
    assert.equal(await apply({ ...folded, chainId: 1 }), undefined);
    const last = termsHash.endsWith("0") ? "1" : "0";
    assert.equal(
      await apply({ ...folded, termsHash: `${termsHash.slice(0, -1)}${last}` as typeof termsHash }),
      undefined,
    );
  });

  it("keeps why logs make no sense", async () => {
    const { termsHash, fold } = await placed();
    assert.ok(fold);
    const broken = { ...fold, broken: "authorized twice" };
    const change = await apply({ chainId: CHAIN, termsHash, fold: broken, confidence: "confirmed" });
    assert.equal(change?.after.broken, "authorized twice");
  });

  it("does not write over what somebody else has written meanwhile", async () => {
    const { orderId, termsHash, fold } = await placed();
    const stale = db.database().write(LISTENER, (ctx) => {
      const find = ctx.db.findOneBy.bind(ctx.db);
      const meddling = Object.create(ctx.db, {
        findOneBy: {
          value: async (...query: Parameters<typeof find>) => {
            const row = await find(...query);
            await sql(ctx.db, "UPDATE escrow_order SET version = version + 1 WHERE order_id = :orderId", { orderId });
            return row;
          },
        },
      });
      return applyFold({ ...ctx, db: meddling }, { chainId: CHAIN, termsHash, fold, confidence: "seen" });
    });
    await assert.rejects(stale, /payment_moved/);
    assert.equal(await version(orderId), 0);
  });
});
