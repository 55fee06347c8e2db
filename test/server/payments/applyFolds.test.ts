import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { applyFolds, escrowOrderOf, termsOf } from "../../../server/modules/payments/index.ts";
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
  type Folded = Parameters<typeof applyFolds>[2][number] & { chainId?: number };
  const apply = async ({ chainId = CHAIN, ...folded }: Folded) => {
    const changes = await db.database().write(LISTENER, (ctx) => applyFolds(ctx, chainId, [folded]));
    return changes.get(folded.termsHash);
  };

  it("says what was and what is, and writes a change once", async () => {
    const { orderId, termsHash, fold, amount } = await placed();
    const folded = { termsHash, fold, confidence: "seen" as const };
    const after = { ...NOTHING_PAID, state: "authorized", confidence: "seen", held: amount };
    assert.deepEqual(await apply(folded), { orderId, before: NOTHING_PAID, after, version: 1 });
    assert.equal(await version(orderId), 1);
    assert.deepEqual(await apply(folded), { orderId, before: after, after, version: 1 });
    assert.equal(await version(orderId), 1);
    const gone = { orderId, before: after, after: NOTHING_PAID, version: 2 };
    assert.deepEqual(await apply({ ...folded, fold: undefined }), gone);
  });

  it("writes many at once, each by its own logs", async () => {
    const [first, second] = [await placed(), await placed()];
    const changes = await db.database().write(LISTENER, (ctx) =>
      applyFolds(ctx, CHAIN, [
        { termsHash: second.termsHash, fold: second.fold, confidence: "confirmed" },
        { termsHash: first.termsHash, fold: undefined, confidence: "seen" },
      ]),
    );
    assert.equal(changes.get(second.termsHash)?.after.held, second.amount);
    assert.deepEqual(changes.get(first.termsHash)?.after, NOTHING_PAID);
    assert.deepEqual([await version(second.orderId), await version(first.orderId)], [1, 0]);
  });

  it("knows no order of another chain, nor one whose terms differ by a bit", async () => {
    const { termsHash, fold } = await placed();
    const folded = { termsHash, fold, confidence: "final" as const };
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
    const change = await apply({ termsHash, fold: broken, confidence: "confirmed" });
    assert.equal(change?.after.broken, "authorized twice");
  });

  it("does not write over what somebody else has written meanwhile", async () => {
    const { orderId, termsHash, fold } = await placed();
    const stale = db.database().write(LISTENER, (ctx) => {
      const runner = ctx.db.queryRunner;
      assert.ok(runner);
      const query = async (text: string, ...rest: [unknown[]?, true?]) => {
        const result = await runner.query(text, ...(rest as [unknown[], true]));
        if (/^SELECT .* FROM escrow_order/s.test(text))
          await sql(ctx.db, "UPDATE escrow_order SET version = version + 1 WHERE order_id = :orderId", { orderId });
        return result;
      };
      const meddling = Object.create(ctx.db, {
        queryRunner: { value: Object.create(runner, { query: { value: query } }) },
      });
      return applyFolds({ ...ctx, db: meddling }, CHAIN, [{ termsHash, fold, confidence: "seen" }]);
    });
    await assert.rejects(stale, /payment_moved/);
    assert.equal(await version(orderId), 0);
  });
});
