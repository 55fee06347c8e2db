import assert from "node:assert/strict";
import type { Actor, ReadContext } from "../../../server/core/db/context.ts";
import { newId } from "../../../server/core/ids.ts";
import {
  addressesOf,
  credentialsByName,
  readMailToken,
  rolesInSession,
  userById,
  walletsOf,
} from "../../../server/modules/accounts/index.ts";
import { notificationsOf } from "../../../server/modules/notifications/index.ts";
import { agentByCode, partnersOf } from "../../../server/modules/partners/index.ts";
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

  it("reads partners from an index, whoever's and in whatever state", async () => {
    const staff: Actor = { kind: "user", id: somebody, roles: ["staff"] };
    const shopper: Actor = { kind: "user", id: somebody, roles: ["shopper"] };
    for (const actor of [staff, shopper])
      for (const state of [undefined, "approved"] as const) {
        const plans = await plansOf(db.database(), async (ctx) => {
          await partnersOf({ ...ctx, actor }, somebody, { per_page: 20, state });
          await partnersOf({ ...ctx, actor }, somebody, { per_page: 20, state, cursor });
        });
        const all = actor === staff && state === undefined;
        // All of the table in the order of its key is no list that an index could help, and its count reads the table.
        if (!all) assert.deepEqual(scans(plans), [], `${actor.roles} ${state}`);
        if (db.dialect === "sqlite") assert.deepEqual(sorts(plans), [], `${actor.roles} ${state}`);
      }
  });

  it("reads an agent by code, a login by name, and mailed codes by their hash", async () => {
    const plans = await plansOf(db.database(), async (ctx) => {
      await agentByCode(ctx, "ADA2026");
      await credentialsByName(ctx, "ada");
      await readMailToken(ctx, "x", "verify_email");
      await walletsOf(ctx, somebody);
    });
    assert.equal(plans.length, 4);
    assert.deepEqual(scans(plans), []);
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
