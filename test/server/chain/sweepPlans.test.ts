import { deepEqual } from "node:assert/strict";
import { nextRescan, openDifferences, quarantinedLogs } from "../../../server/modules/chains/index.ts";
import { creditPage, escrowOwners, posted } from "../../../server/modules/ledger/index.ts";
import { openOrders, waitingOrders } from "../../../server/modules/payments/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { plansOf, scans, sorts } from "../catalog/plans.ts";

const CHAIN = 31_337;

onBothDatabases((db) => {
  it("the sweep's pages are read along an index, however many orders are closed", async () => {
    const plans = await plansOf(db.database(), async (ctx) => {
      await openOrders(ctx, CHAIN, undefined, 10);
      await waitingOrders(ctx, { chainId: CHAIN, sinceS: 0 }, undefined, 10);
      await escrowOwners(ctx, CHAIN, "", 10);
      await creditPage(ctx, CHAIN, "", 10);
    });
    deepEqual([plans.length, scans(plans), sorts(plans)], [4, [], []]);
  });

  it("what is booked, quarantined and different is found by an index", async () => {
    const plans = await plansOf(db.database(), async (ctx) => {
      await posted(ctx, CHAIN, { orderIds: ["00000000-0000-7000-8000-000000000000"], subjects: ["0x1"] });
      await quarantinedLogs(ctx, CHAIN, { height: 0, logIndex: 0 }, 10);
      await openDifferences(ctx, CHAIN, 10);
      await nextRescan(ctx, CHAIN);
    });
    deepEqual(scans(plans), []);
  });
});
