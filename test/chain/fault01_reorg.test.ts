import { deepEqual, equal } from "node:assert/strict";
import { type Reconciliation, reconcile } from "../../server/chain/reconciler/index.ts";
import { authorizeCall, captureCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, operator, shopper, stranger } from "./support/world.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [node().url] }));
  stage.running(world);

  const confirmed = (order: Issued) => eventually(async () => (await world().state(order)) === "confirmed");
  const agreed = async (): Promise<Reconciliation> => {
    await world().caughtUp();
    const result = await reconcile(world().house);
    deepEqual(result.differences, []);
    return result;
  };
  const told = (order: Issued, news: string) =>
    world().rows("SELECT id FROM notification WHERE kind = :news AND payload LIKE :order", {
      ...{ news, order: `%${order.orderId}%` },
    });
  const logsOf = (order: Issued) =>
    world().rows<{ state: string; height: string | number }>(
      "SELECT state, height FROM chain_log WHERE terms_hash = :id ORDER BY height, log_index",
      { id: order.id },
    );
  const held = async (order: Issued) =>
    (
      await world().rows<{ balance: string | number }>("SELECT balance FROM ledger_account WHERE name LIKE :name", {
        name: `escrow_held:${order.id}:%`,
      })
    )[0]?.balance;

  it("moves a payment into another block without a second effect", async () => {
    const order = await world().issue();
    await world().caughtUp();
    const fork = await chain().mark();
    await world().pay(order);
    await confirmed(order);
    const [before] = await logsOf(order);

    await chain().revertTo(fork);
    await chain().mine(1);
    await world().pay(order);
    await chain().mine(1);
    await agreed();
    const logs = await logsOf(order);
    deepEqual(
      logs.map(({ state }) => state),
      ["reverted", "applied"],
    );
    equal(Number(logs[1]?.height), Number(before?.height) + 1);
    equal(await world().state(order), "confirmed");
    equal(String(await held(order)), "25000000");
    const history = await world().rows(
      "SELECT id FROM order_history WHERE order_id = :id AND event = 'order.confirmed'",
      {
        id: order.orderId,
      },
    );
    equal(history.length, 1);
  });

  it("takes back a payment that is gone for good, and says so", async () => {
    const order = await world().issue();
    await world().caughtUp();
    const fork = await chain().mark();
    await world().pay(order);
    await chain().send(operator, captureCall(domain(), order.terms, 5_000_000n, order.terms.amount));
    await confirmed(order);

    await chain().revertTo(fork);
    await chain().mine(4);
    await agreed();
    equal(await world().state(order), "on_hold");
    const { state, held: amount, confidence } = await world().row(order);
    deepEqual({ state, amount, confidence }, { state: "pending", amount: 0n, confidence: null });
    equal(String(await held(order)), "0");
    equal((await told(order, "payment.reverted")).length, 2);
  });

  it("reorg_sameIdAgain: knows the same log again when a reorganisation brings its block back", async () => {
    const order = await world().issue();
    await world().caughtUp();
    await world().pay(order);
    await confirmed(order);
    const paidIn = Number(await chain().client.getBlockNumber());

    node().lie(anotherBranch(paidIn, 3));
    await eventually(async () => (await world().state(order)) === "on_hold");
    deepEqual(await logsOf(order), [{ state: "reverted", height: (await logsOf(order))[0]?.height }]);
    equal(String(await held(order)), "0");

    node().lie(undefined);
    await chain().mine(4);
    await agreed();
    equal(await world().state(order), "confirmed");
    equal((await logsOf(order)).length, 1);
    equal(String(await held(order)), "25000000");
  });

  it("follows a branch that reorders an order's payment behind a stranger's transaction", async () => {
    const order = await world().issue();
    await world().caughtUp();
    const fork = await chain().mark();
    await world().pay(order);
    await confirmed(order);

    await chain().revertTo(fork);
    await chain().automine(false);
    await chain().submit(stranger, { to: stranger.address, value: 1n });
    await chain().submit(shopper, { ...authorizeCall(domain(), order.terms), gas: 500_000n });
    await chain().mine(1);
    await chain().automine(true);
    await agreed();
    equal(await world().state(order), "confirmed");
    equal((await logsOf(order)).filter(({ state }) => state === "applied").length, 1);
  });

  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });
});
