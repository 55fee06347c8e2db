import assert from "node:assert/strict";
import { newId } from "../../../server/core/ids.ts";
import { partsOf } from "../../../server/flows/orderParts.ts";
import { basketsIn, maturedOrders } from "../../../server/modules/payments/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { plansOf, scans, sorts } from "../catalog/plans.ts";

onBothDatabases((db) => {
  it("reads the parcels and refunds of an order from indices", async () => {
    const plans = await plansOf(db.database(), (ctx) => partsOf(ctx, { orderId: newId(), amount: 1n }));
    assert.ok(plans.length >= 3);
    assert.deepEqual(scans(plans), []);
  });

  it("reads the baskets of a payment from an index, in its order", async () => {
    const plans = await plansOf(db.database(), (ctx) => basketsIn(ctx, newId()));
    assert.deepEqual(scans(plans), []);
    if (db.dialect === "sqlite") assert.deepEqual(sorts(plans), []);
  });

  it("finds what is due to be released by an index, in its order", async () => {
    const plans = await plansOf(db.database(), (ctx) => maturedOrders(ctx, 31_337, 2_000_000_000, 50));
    assert.deepEqual(scans(plans), []);
    if (db.dialect === "sqlite") assert.deepEqual(sorts(plans), []);
  });
});
