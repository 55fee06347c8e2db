import { deepEqual, equal, match, ok } from "node:assert/strict";
import { privateKeyToAccount } from "viem/accounts";
import { signAndStore } from "../../server/chain/operator/send.ts";
import { createRpc } from "../../server/chain/rpc/pool.ts";
import { captureCall, voidCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, makeWorld, merchant, operator } from "./support/world.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({
    rpcUrls: [node().url],
    rpcTimeoutMs: 500,
    maxFeePerGas: 50_000_000_000n,
  }));
  const running = stage.running(world);
  afterEach(() => {
    node().lie(undefined);
    node().http(undefined);
  });

  type Row = { state: string; nonce: string | number; hash: string; raw: string; error: string | null };
  const sent = (order: Issued) =>
    world().rows<Row>(
      `SELECT t.state, t.nonce, t.hash, a.raw, t.error FROM chain_transaction t
       JOIN chain_errand e ON e.transaction_id = t.id JOIN chain_attempt a ON a.hash = t.hash WHERE e.order_id = :id ORDER BY t.created_at, t.id`,
      { id: order.orderId },
    );
  const state = async (order: Issued) => (await sent(order)).at(-1)?.state;
  const confirmed = (order: Issued) => eventually(async () => (await world().state(order)) === "confirmed");
  const sends = () => node().calls.filter(({ method }) => method === "eth_sendRawTransaction");
  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });
  const paid = async (): Promise<Issued> => {
    const order = await world().issue();
    await world().pay(order);
    await confirmed(order);
    return order;
  };

  it("a timeout after the broadcast: submitted with its hash, until the receipt", async () => {
    const order = await world().issue();
    node().calls.length = 0;
    node().lie(async (call, ask) => {
      if (call.method === "eth_sendRawTransaction") {
        await ask(call);
        return new Promise(() => undefined);
      }
      return call.method === "eth_getTransactionReceipt" ? { result: null } : ask(call);
    });
    await world().sign(order);
    await confirmed(order);
    await eventually(async () => (await state(order)) === "submitted");
    const [before] = await sent(order);
    node().lie(undefined);
    await eventually(async () => (await state(order)) === "mined");
    deepEqual(
      (await sent(order)).map(({ hash }) => hash),
      [before?.hash],
    );
    equal(new Set(sends().map(({ params }) => params[0])).size, 1);
  });

  it("a dropped transaction is told again, as the very same bytes", async () => {
    const order = await world().issue();
    node().calls.length = 0;
    node().lie((call, ask) =>
      call.method === "eth_sendRawTransaction" ? { result: `0x${"0".repeat(64)}` } : ask(call),
    );
    await world().sign(order);
    await eventually(() => sends().length >= 3);
    equal(await state(order), "submitted");
    node().lie(undefined);
    await confirmed(order);
    const rows = await sent(order);
    equal(rows.length, 1);
    deepEqual([...new Set(sends().map(({ params }) => params[0]))], [rows[0]?.raw]);
  });

  it("a nonce that went to another transaction: superseded once that is final, then done anew", async () => {
    const order = await world().issue();
    node().lie((call, ask) =>
      call.method === "eth_sendRawTransaction" ? { result: `0x${"0".repeat(64)}` } : ask(call),
    );
    await world().sign(order);
    await eventually(async () => (await state(order)) === "submitted");
    const [first] = await sent(order);
    await chain().send(operator, { to: operator.address, value: 0n });
    await chain().mine(11);
    await world().caughtUp();
    equal((await sent(order)).length, 1);
    equal(await state(order), "submitted");

    await chain().mine(2);
    node().lie(undefined);
    await confirmed(order);
    await eventually(async () => (await state(order)) === "mined");
    const rows = await sent(order);
    deepEqual(
      rows.map((row) => row.state),
      ["superseded", "mined"],
    );
    ok(Number(rows[1]?.nonce) > Number(first?.nonce));
  });

  it("a transaction that reverts in its block: failed with the contract's error, and the request is dropped", async () => {
    const order = await paid();
    node().lie((call, ask) =>
      call.method === "eth_sendRawTransaction" ? { result: `0x${"0".repeat(64)}` } : ask(call),
    );
    await world().ask(order, "capture", 1_000_000n);
    await eventually(async () => (await state(order)) === "submitted");
    await chain().send(merchant, voidCall(domain(), order.terms, 5_000_000n, order.terms.amount));
    node().lie(undefined);
    await eventually(async () => (await state(order)) === "failed");
    match((await sent(order))[0]?.error ?? "", /^StateMoved\(/);
    equal((await world().row(order)).held, 20_000_000n);
    await world().ask(order, "capture", 1_000_000n);
    await eventually(async () => (await world().row(order)).captured === 1_000_000n);
  });

  it("stored but never told of, as a kill between the two leaves it: told at the next start", async () => {
    const order = await paid();
    await running().stop();
    const rpc = createRpc({ ...world().house.config.chain, rpcUrls: [chain().url] });
    const account = privateKeyToAccount(world().house.config.chain.operatorKey);
    const errand = {
      purpose: `capture:${order.id}:test`,
      kind: "operator.capture",
      request: {},
      orderId: order.orderId,
    };
    const fees = { gasLimit: 500_000n, maxFeePerGas: 50_000_000_000n, maxPriorityFeePerGas: 1n };
    const call = captureCall(domain(), order.terms, 2_000_000n, order.terms.amount);
    const sender = { db: db.database(), clock: world().house.clock, rpc, account, chainId: chain().chainId };
    equal((await signAndStore(sender, [{ errands: [errand], call, fees }], 0)).size, 1);
    equal((await signAndStore(sender, [{ errands: [errand], call, fees }], 0)).size, 0);
    equal(await state(order), "prepared");

    running().again();
    await eventually(async () => (await world().row(order)).captured === 2_000_000n);
    await eventually(async () => (await state(order)) === "mined");
    equal((await sent(order)).length, 1);
  });

  it("a receipt from a branch that was left settles nothing, for what is final there is not final here", async () => {
    const order = await world().issue();
    await world().sign(order);
    await confirmed(order);
    await eventually(async () => (await state(order)) === "mined");
    const elsewhere = `0x${"77".repeat(32)}`;
    let highest = 0;
    node().lie(async (call, ask) => {
      const answer = await ask(call);
      if (!("result" in answer) || typeof answer.result !== "object" || answer.result === null) return answer;
      if (call.method === "eth_getTransactionReceipt") return { result: { ...answer.result, blockHash: elsewhere } };
      if (call.method !== "eth_getBlockByNumber" || call.params[0] === "latest") return answer;
      highest = Math.max(highest, Number(call.params[0]));
      return Number(call.params[0]) < highest - 6 ? { result: { ...answer.result, hash: elsewhere } } : answer;
    });
    const receipts = () => node().calls.filter(({ method }) => method === "eth_getTransactionReceipt").length;
    await chain().mine(14);
    node().calls.length = 0;
    await eventually(() => receipts() >= 3);
    deepEqual(await world().rows("SELECT id FROM chain_transaction WHERE block_hash = :elsewhere", { elsewhere }), []);
    node().lie(undefined);
    await chain().mine(1);
    await eventually(async () => (await state(order)) === "final");
  });

  it("a reorganisation that takes its block: on its way again, with the same bytes", async () => {
    const order = await world().issue();
    await world().caughtUp();
    const fork = await chain().mark();
    await world().sign(order);
    await confirmed(order);
    await eventually(async () => (await state(order)) === "mined");
    node().calls.length = 0;
    await chain().revertTo(fork);
    await chain().mine(3);
    await eventually(() => sends().length > 0);
    await world().caughtUp();
    await confirmed(order);
    await eventually(async () => (await state(order)) === "mined");
    const rows = await sent(order);
    deepEqual([...new Set(sends().map(({ params }) => params[0]))], [rows[0]?.raw]);
    equal(rows.length, 1);
  });

  it("gas above the cap: nothing is signed until it is cheaper", async () => {
    const order = await paid();
    const { terms } = order;
    await chain().client.setNextBlockBaseFeePerGas({ baseFeePerGas: 60_000_000_000n });
    await chain().mine(1);
    await world().ask(order, "capture", terms.amount);
    const waiting = () =>
      world().rows<{ last_error: string }>(
        "SELECT last_error FROM task WHERE payload LIKE :like AND last_error LIKE :cap",
        {
          ...{ like: `%${order.orderId}%`, cap: "%above the cap%" },
        },
      );
    await eventually(async () => (await waiting()).length === 1);
    deepEqual(await sent(order), []);

    await chain().client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_000_000_000n });
    await chain().mine(1);
    await db.database().write({ kind: "system", name: "test" }, async (ctx) => {
      await ctx.db.query("UPDATE task SET run_at = 0 WHERE last_error LIKE '%above the cap%'");
    });
    await eventually(async () => (await world().row(order)).captured === terms.amount);
  });

  it("two processes with one key: no nonce twice, nothing left out", async () => {
    const second = await db.openAnother();
    const twin = await makeWorld(second, chain(), { rpcUrls: [chain().url] });
    const other = twin.start();
    const orders: Issued[] = [];
    for (let i = 0; i < 8; i++) orders.push(await world().issue());
    await Promise.all(orders.map((order, at) => (at % 2 === 0 ? world() : twin).sign(order)));
    for (const order of orders) await confirmed(order);
    await other.stop();
    for (const order of orders) equal((await sent(order)).length, 1);
  });
});
