import assert from "node:assert/strict";
import type { ReadContext } from "../../../server/core/db/context.ts";
import { newId } from "../../../server/core/ids.ts";
import { addressesOf, rolesInSession, userById } from "../../../server/modules/accounts/index.ts";
import { notificationsOf } from "../../../server/modules/notifications/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { plansOf, scans, sorts } from "../catalog/plans.ts";

onBothDatabases((db) => {
  const somebody = newId();
  const cursor = Buffer.from(JSON.stringify([newId()])).toString("base64url");

  const lists: Record<string, (ctx: ReadContext, request: { per_page: number; cursor?: string }) => Promise<unknown>> =
    {
      addresses: (ctx, request) => addressesOf(ctx, somebody, request),
      notifications: (ctx, request) => notificationsOf(ctx, somebody, request),
    };
  for (const [name, list] of Object.entries(lists))
    it(`reads ${name} from an index, in its order`, async () => {
      const plans = await plansOf(db.database(), async (ctx) => {
        await list(ctx, { per_page: 20 });
        await list(ctx, { per_page: 20, cursor });
      });
      assert.equal(plans.length, 4);
      assert.deepEqual(scans(plans), []);
      // PostgreSQL sorts when it believes that there are three rows.
      if (db.dialect === "sqlite") assert.deepEqual(sorts(plans), []);
    });

  it("reads the session of each request by its key", async () => {
    const plans = await plansOf(db.database(), (ctx) => rolesInSession(ctx, somebody, newId()));
    assert.equal(plans.length, 1);
    assert.deepEqual(scans(plans), []);
  });

  it("reads a user by their key", async () => {
    const plans = await plansOf(db.database(), (ctx) => userById(ctx, somebody).catch(() => undefined));
    assert.deepEqual(scans(plans), []);
  });
});
