import { deepEqual, equal, match, ok } from "node:assert/strict";
import { privateKeyToAccount } from "viem/accounts";
import { type Shipment, signAndStore } from "../../server/chain/operator/send.ts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { createRpc } from "../../server/chain/rpc/pool.ts";
import { captureCall, voidCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, merchant, type World } from "./support/world.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [node().url] }));
  const running = stage.running(world);
  afterEach(() => node().lie(undefined));

  type Row = { id: string; state: string; nonce: string | number | null; hash: string; error: string | null };
  const sent = (order: Issued) =>
    world().rows<Row>(
      `SELECT t.id, t.state, t.nonce, t.hash, t.error FROM chain_transaction t
       JOIN chain_errand e ON e.transaction_id = t.id WHERE e.order_id = :id ORDER BY t.created_at, t.id`,
      { id: order.orderId },
    );
  const last = async (order: Issued) => (await sent(order)).at(-1);
  const open = async (order: Issued) =>
    world().rows("SELECT id FROM payment_request WHERE order_id = :id AND state = 'open'", { id: order.orderId });
  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });

  const issued = async (count: number, changes: Parameters<World["issue"]>[0] = {}): Promise<Issued[]> => {
    const orders: Issued[] = [];
    for (let i = 0; i < count; i += 1) orders.push(await world().issue(changes));
    return orders;
  };
  const confirmed = async (orders: readonly Issued[]) => {
    for (const order of orders) await eventually(async () => (await world().state(order)) === "confirmed");
  };
  const paid = async (count: number, changes: Parameters<World["issue"]>[0] = {}): Promise<Issued[]> => {
    const orders = await issued(count, changes);
    await world().signAll(orders);
    await confirmed(orders);
    return orders;
  };
  const captured = async (orders: readonly Issued[], amount: bigint) => {
    for (const order of orders) await eventually(async () => (await world().row(order)).captured === amount);
  };

  it("one bad job among ten: the nine go out in one request, the tenth is refused with its reason", async () => {
    const good = await issued(9);
    const bad = await world().issue({ amount: 10n ** 24n });
    node().calls.length = 0;
    await world().signAll([...good.slice(0, 4), bad, ...good.slice(4)]);
    await confirmed(good);
    const refused = await eventually(() => last(bad));
    equal(refused.state, "failed");
    match(refused.error ?? "", /^BalanceTooSmall\(/);
    const counted = (method: string) => node().calls.filter((call) => call.method === method).length;
    equal(counted("eth_estimateGas"), 10);
    equal(counted("eth_sendRawTransaction"), 9);
    const nonces = await Promise.all(good.map(async (order) => Number((await last(order))?.nonce)));
    equal(Math.max(...nonces) - Math.min(...nonces), 8);
    equal(new Set(nonces).size, 9);
  });

  it("an estimate that a node cannot make keeps no other waiting, and goes out once it can", async () => {
    const [slow, ...others] = await issued(3);
    if (!slow) throw new Error("no order");
    const salt = slow.terms.salt.toString(16);
    node().lie((call, ask) =>
      call.method === "eth_estimateGas" && JSON.stringify(call.params).includes(salt)
        ? { error: { code: -32_000, message: "query timeout exceeded" } }
        : ask(call),
    );
    await world().signAll([slow, ...others]);
    await confirmed(others);
    deepEqual(await sent(slow), []);
    for (const { orderId } of others) {
      const key = `relay:${orderId}`;
      deepEqual(await world().rows("SELECT last_error FROM task WHERE key = :key", { key }), [{ last_error: null }]);
    }
    node().lie(undefined);
    await confirmed([slow]);
  });

  it("captures that are due together are one transaction, and so are matured releases", async () => {
    const orders = await paid(6);
    await world().askAll(orders, "capture", 25_000_000n);
    await captured(orders, 25_000_000n);
    const ids = (rows: (Row | undefined)[]) => new Set(rows.map((row) => row?.id));
    equal(ids(await Promise.all(orders.map(last))).size, 1);
    await chain().increaseTime(7 * 86_400 + 1);
    await world().caughtUp();
    await world().askAll(orders, "release", 25_000_000n);
    for (const order of orders) await eventually(async () => (await world().row(order)).released === 25_000_000n);
    const releases = await Promise.all(orders.map(last));
    equal(ids(releases).size, 1);
    await chain().mine(13);
    await eventually(async () => (await last(orders[0] as Issued))?.state === "final");
    for (const order of orders) equal((await sent(order)).length, 3);
    await world().caughtUp();
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("a batch whose simulation reverts is sent singly: what can be captured is", async () => {
    const closed = await world().issue({ captureBy: (await chain().nowS()) + 1_900 });
    const orders = await issued(3);
    await world().signAll([...orders, closed]);
    await confirmed([...orders, closed]);
    await chain().increaseTime(1_901);
    await world().caughtUp();
    await world().askAll([closed, ...orders], "capture", 25_000_000n);
    await captured(orders, 25_000_000n);
    equal(new Set((await Promise.all(orders.map(last))).map((row) => row?.id)).size, 3);
    await eventually(async () => (await open(closed)).length === 0);
    match((await last(closed))?.error ?? "", /^CaptureClosed\(/);
    equal((await world().row(closed)).held, 25_000_000n);
  });

  it("a release that would be passed over keeps no other waiting, and does not count as done", async () => {
    const [early, ...orders] = await paid(3);
    if (!early) throw new Error("no order");
    await world().askAll(orders, "capture", 25_000_000n);
    await captured(orders, 25_000_000n);
    await chain().increaseTime(7 * 86_400 + 1);
    await world().ask(early, "capture", 25_000_000n);
    await captured([early], 25_000_000n);
    await world().caughtUp();
    await world().askAll([early, ...orders], "release", 25_000_000n);
    for (const order of orders) await eventually(async () => (await world().row(order)).released === 25_000_000n);
    await eventually(async () => (await open(early)).length === 0);
    match((await last(early))?.error ?? "", /^ReleaseNotOpen\(/);
    equal((await world().row(early)).released, 0n);
  });

  it("a batch that reverts in its block: each is tried alone, so that one spoils no other", async () => {
    const [spoilt, ...orders] = await paid(4);
    if (!spoilt) throw new Error("no order");
    node().lie((call, ask) =>
      call.method === "eth_sendRawTransaction" ? { result: `0x${"0".repeat(64)}` } : ask(call),
    );
    await world().askAll([spoilt, ...orders], "capture", 25_000_000n);
    await eventually(async () => (await sent(spoilt))[1]?.state === "submitted");
    await chain().send(merchant, voidCall(domain(), spoilt.terms, 5_000_000n, spoilt.terms.amount));
    node().lie(undefined);
    await captured(orders, 25_000_000n);
    for (const order of orders) {
      const rows = await sent(order);
      deepEqual([rows.length, rows[1]?.state], [3, "failed"]);
      match(rows[1]?.error ?? "", /^StateMoved\(/);
    }
    equal(new Set((await Promise.all(orders.map(last))).map((row) => row?.id)).size, 3);
    await eventually(async () => (await open(spoilt)).length === 0);
    equal((await world().row(spoilt)).held, 20_000_000n);
  });

  it("a nonce clash in the middle of a batch: it is signed anew, nothing is lost and nothing sent twice", async () => {
    const orders = await paid(12);
    await running().stop();
    const rpc = createRpc({ ...world().house.config.chain, rpcUrls: [chain().url] });
    const account = privateKeyToAccount(world().house.config.chain.operatorKey);
    const fees = { gasLimit: 500_000n, maxFeePerGas: 50_000_000_000n, maxPriorityFeePerGas: 1n };
    const shipment = ({ orderId, id, terms }: Issued): Shipment => ({
      errands: [{ purpose: `capture:${id}:clash`, kind: "operator.capture", request: {}, orderId }],
      call: captureCall(domain(), terms, 1_000_000n, terms.amount),
      fees,
    });
    const sender = (database: ReturnType<typeof db.database>) => ({
      ...{ db: database, clock: world().house.clock, rpc, account, chainId: chain().chainId },
    });
    const pending = await chain().client.getTransactionCount({ address: account.address });
    const another = await db.openAnother();
    const shared = orders.map(shipment);
    const [ours, theirs] = await Promise.all([
      signAndStore(sender(db.database()), shared.slice(0, 8), pending),
      signAndStore(sender(another), shared.slice(4).reverse(), pending),
    ]);
    const rows = [...ours.values(), ...theirs.values()].map(({ transaction }) => transaction);
    deepEqual(
      rows.map(({ nonce }) => nonce).sort((a, b) => Number(a) - Number(b)),
      rows.map((_, at) => pending + at),
    );
    ok(rows.length >= 8);
    // Stored but never told of, as a kill between the two leaves them: told at the next start, lowest nonce first.
    running().again();
    for (const order of orders.slice(0, 8)) await captured([order], 1_000_000n);
    for (const order of orders) ok((await sent(order)).length <= 2);
    await eventually(
      async () => (await world().rows("SELECT id FROM chain_transaction WHERE state = 'prepared'")).length === 0,
    );
  });
});
