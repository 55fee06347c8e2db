import { deepEqual, equal } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { captureCall, releaseCall, voidCall, withdrawCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { makeWorld, merchant, operator, shopper } from "./support/world.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const world = stage.world(db, chain);
  const running = stage.running(world);

  it("takes an order from placed to released and the merchant's withdrawal into the books", async () => {
    const domain = { chainId: chain().chainId, escrow: chain().escrow };
    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    equal((await world().row(order)).confidence, "confirmed");

    const { terms } = order;
    await chain().send(operator, captureCall(domain, terms, 20_000_000n, terms.amount));
    await chain().send(operator, voidCall(domain, terms, 5_000_000n, 5_000_000n));
    await chain().send(shopper, releaseCall(domain, terms));
    await chain().send(merchant, withdrawCall(domain, terms.token, 1_000_000n));
    await world().caughtUp();
    const { state, held, captured, released, returned } = await world().row(order);
    deepEqual(
      { state, held, captured, released, returned },
      {
        ...{ state: "released", held: 0n, captured: 0n, released: 20_000_000n, returned: 5_000_000n },
      },
    );
    equal(await world().state(order), "completed");

    await chain().mine(12);
    await eventually(async () => (await world().row(order)).confidence === "final");
    await world().caughtUp();
    const { differences, totals } = await reconcile(world().house);
    deepEqual(differences, []);
    const sums = totals.get(chain().token);
    equal(sums?.released, 20_000_000n);
    equal(sums?.withdrawn, 1_000_000n);
    equal(sums?.balance, 19_000_000n);
    equal(sums?.uninvited, 0n);
  });

  it("hears of a block from the node long before it would ask", async () => {
    await running().stop();
    running().again((await makeWorld(db.database(), chain(), { pollMs: 60_000 })).house);
    const order = await world().issue();
    await world().caughtUp();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed", { timeoutMs: 5_000 });
  });

  it("takes as final what the node calls finalized, where finality is by tag", async () => {
    await running().stop();
    running().again((await makeWorld(db.database(), chain(), { finality: { source: "tag" } })).house);
    const order = await world().issue();
    await world().pay(order);
    // The local node calls its newest block finalized, so no block has to come on top.
    await eventually(async () => (await world().row(order)).confidence === "final");
    equal(await world().state(order), "confirmed");
  });
});
