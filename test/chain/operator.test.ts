import { deepEqual, equal, match } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { captureCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, operator } from "./support/world.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const world = stage.world(db, chain);
  stage.running(world);

  type Row = { state: string; nonce: unknown; error: string | null; purpose: string };
  const sent = (order: Issued) =>
    world().rows<Row>(
      `SELECT t.state, t.nonce, t.error, e.purpose FROM chain_transaction t JOIN chain_errand e ON e.transaction_id = t.id
       WHERE e.order_id = :id ORDER BY t.created_at, t.id`,
      { id: order.orderId },
    );
  const confirmed = (order: Issued) => eventually(async () => (await world().state(order)) === "confirmed");

  it("relays a signature, captures and voids, each by one transaction that becomes final", async () => {
    const order = await world().issue();
    await world().sign(order);
    await confirmed(order);
    await world().ask(order, "capture", 20_000_000n);
    await eventually(async () => (await world().row(order)).captured === 20_000_000n);
    await world().ask(order, "void", 5_000_000n);
    await eventually(async () => (await world().row(order)).returned === 5_000_000n);
    await chain().mine(13);
    await eventually(async () => (await sent(order)).every(({ state }) => state === "final"));
    equal((await sent(order)).length, 3);
    await world().caughtUp();
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("releases matured money without the payer's signature", async () => {
    const order = await world().issue();
    await world().sign(order);
    await confirmed(order);
    await world().ask(order, "capture", 25_000_000n);
    await eventually(async () => (await world().row(order)).captured === 25_000_000n);
    await chain().increaseTime(order.terms.releaseDelay);
    await chain().mine(1);
    await world().caughtUp();
    await world().ask(order, "release", 25_000_000n);
    await eventually(async () => (await world().row(order)).released === 25_000_000n);
  });

  it("relayAfterAlreadyAuthorized_isSuccess", async () => {
    const order = await world().issue();
    await world().pay(order);
    await world().sign(order);
    await confirmed(order);
    await eventually(async () => {
      const tasks = await world().rows("SELECT id FROM task WHERE key = :key AND done_at IS NOT NULL", {
        key: `relay:${order.orderId}`,
      });
      return tasks.length === 1;
    });
    deepEqual(await sent(order), []);
  });

  it("sends nothing that the chain would revert, and says why by the contract's own error", async () => {
    const order = await world().issue({ authorizeBy: (await chain().nowS()) + 60 });
    await chain().increaseTime(61);
    await world().sign(order);
    const [refused] = await eventually(async () => {
      const rows = await sent(order);
      return rows.length > 0 && rows;
    });
    equal(refused?.state, "failed");
    equal(refused?.nonce, null);
    match(refused?.error ?? "", /^AuthorizeClosed\(\d+, \d+\)$/);
    equal((await world().row(order)).state, "pending");
  });

  it("says by the token's own error that the payer has too little", async () => {
    const order = await world().issue({ amount: 10n ** 24n });
    await world().sign(order);
    const [refused] = await eventually(async () => {
      const rows = await sent(order);
      return rows.length > 0 && rows;
    });
    match(refused?.error ?? "", /^BalanceTooSmall\(0x\w+, \d+, 1000000000000000000000000\)$/);
  });

  it("drops a request that somebody else has done already", async () => {
    const order = await world().issue();
    await world().pay(order);
    await confirmed(order);
    const domain = { chainId: chain().chainId, escrow: chain().escrow };
    await chain().automine(false);
    await chain().submit(operator, {
      ...captureCall(domain, order.terms, 1_000_000n, order.terms.amount),
      gas: 500_000n,
    });
    await chain().automine(true);
    await chain().mine(1);
    await world()
      .ask(order, "capture", 2_000_000n)
      .catch(() => undefined);
    await eventually(async () => {
      const open = await world().rows("SELECT id FROM payment_request WHERE order_id = :id AND state = 'open'", {
        id: order.orderId,
      });
      return open.length === 0;
    });
    await world().caughtUp();
    equal((await world().row(order)).captured, 1_000_000n);
  });

  it("captures no order that names another operator", async () => {
    const order = await world().issue({ operator: "0x00000000000000000000000000000000000000AA" });
    await world().pay(order);
    await confirmed(order);
    await world().ask(order, "capture", 1_000_000n);
    await eventually(async () => {
      const [task] = await world().rows<{ last_error: string | null }>(
        "SELECT last_error FROM task WHERE kind = 'operator.capture' AND payload LIKE :like",
        { like: `%${order.orderId}%` },
      );
      return task?.last_error?.includes("names another operator");
    });
    deepEqual(await sent(order), []);
  });
});
