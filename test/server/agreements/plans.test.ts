import assert from "node:assert/strict";
import type { ReadContext } from "../../../server/core/db/context.ts";
import { newId } from "../../../server/core/ids.ts";
import { byId, inForce, list } from "../../../server/modules/agreements/index.ts";
import { logsOfAgreements } from "../../../server/modules/chains/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans } from "../catalog/plans.ts";

const NOW = { chains: new Map([[1, 1]]), serverS: 1 };

onBothDatabases((db) => {
  const somebody = newId();
  const address = wallet(1).address;
  const hash = `0x${"ab".repeat(32)}` as const;
  const page = { per_page: 20 };
  const selling = {
    ...{ merchantIds: [somebody], channelId: somebody, token: address, operator: address, nowS: 1 },
    domain: { chainId: 1, escrow: address },
  };
  const reads: Record<string, (ctx: ReadContext) => Promise<unknown>> = {
    "the agreements of a merchant": (ctx) => list(ctx, { merchantId: somebody, state: "active" }, page, NOW),
    "the agreements of a channel": (ctx) => list(ctx, { channelId: somebody }, page, NOW),
    "the agreements a wallet signs": (ctx) => list(ctx, { signatories: [address] }, page, NOW),
    "the agreements in force": (ctx) => inForce(ctx, selling),
    "one agreement": (ctx) => byId(ctx, somebody).catch(() => undefined),
    "the logs of an agreement": (ctx) => logsOfAgreements(ctx, 1, [hash]),
  };
  for (const [name, read] of Object.entries(reads))
    it(`finds ${name} by an index`, async () => {
      const plans = await plansOf(db.database(), read);
      assert.ok(plans.length > 0);
      assert.deepEqual(scans(plans), []);
    });
});
