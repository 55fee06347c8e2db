import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { pino } from "pino";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { createRpc } from "../../server/chain/rpc/pool.ts";
import { compareCredits } from "../../server/chain/sweep/credits.ts";
import { compareOrders } from "../../server/chain/sweep/orders.ts";
import { system } from "../../server/core/db/context.ts";
import { createMetrics } from "../../server/core/metrics.ts";
import { captureCall, releaseCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, merchant, operator, shopper } from "./support/world.ts";

interface Row {
  readonly what: string;
  readonly subject: string;
  readonly expected: string;
  readonly actual: string;
  readonly resolved_at: unknown;
  readonly rescan_next: unknown;
}

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  /** Nobody follows the chain by it. */
  const stray = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({
    ...{ rpcUrls: [node().url], finality: { source: "depth", depth: 2 }, sweepMs: 40 },
  }));
  const alarms: string[] = [];
  const metrics = createMetrics();
  const log = pino({ level: "error" }, { write: (line: string) => void alarms.push(line) });
  stage.following(world, log, metrics);

  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });
  const write = (statement: string) =>
    db.database().write(system("vandal"), async (ctx) => {
      await ctx.db.query(statement);
    });
  const found = () =>
    world().rows<Row>(
      `SELECT what, subject, expected, actual, resolved_at, rescan_next FROM chain_difference ORDER BY found_at, what`,
    );
  const open = async () => (await found()).filter(({ resolved_at }) => resolved_at === null);
  const of = async (subject: string) => (await found()).filter((row) => row.subject === subject);
  const agree = async () => deepEqual((await reconcile(world().house)).differences, []);
  const gauge = async () =>
    /tributary_chain_differences\{chain="31337"\} (\d+)/.exec(await metrics.registry.metrics())?.[1];
  /** Waits until every order and credit was compared again at least once. */
  const swept = async () => {
    const times = async () =>
      Number(/swept_total\{chain="31337",what="credits"\} (\d+)/.exec(await metrics.registry.metrics())?.[1] ?? 0);
    const from = await times();
    await eventually(async () => (await times()) >= from + 6);
  };
  /** An order that was captured, with its logs final. */
  const captured = async (): Promise<Issued> => {
    const order = await world().issue();
    await world().pay(order);
    await chain().send(operator, captureCall(domain(), order.terms, order.terms.amount, order.terms.amount));
    await chain().mine(3);
    await world().caughtUp();
    return order;
  };

  it("finds nothing where nothing is wrong, whatever moves meanwhile", async () => {
    for (let i = 0; i < 3; i += 1) {
      const order = await captured();
      await chain().send(shopper, releaseCall(domain(), order.terms));
      await world().issue();
    }
    await world().caughtUp();
    await swept();
    deepEqual(await found(), []);
    equal(await gauge(), "0");
  });

  it("finds a stored log that is gone, names it, reads its blocks again, and the books agree", async () => {
    const order = await captured();
    await swept();
    await write(`DELETE FROM chain_log WHERE terms_hash = '${order.id}' AND event = 'captured'`);
    await eventually(async () => (await of(order.id)).some(({ what }) => what === "log"));
    const log = (await of(order.id)).find(({ what }) => what === "log");
    match(log?.expected ?? "", /held 0, captured 25000000/);
    match(log?.actual ?? "", /held 25000000, captured 0/);
    ok(alarms.some((line) => line.includes("the books and the chain differ") && line.includes(order.id)));
    await eventually(async () => (await open()).length === 0);
    await agree();
    match(await metrics.registry.metrics(), /tributary_chain_differences_total\{chain="31337",what="log"\} 1/);
  });

  it("finds stored terms that were changed by hand, though no amount of theirs was", async () => {
    const order = await captured();
    const where = `terms_hash = '${order.id}' AND event = 'authorized'`;
    const [row] = await world().rows<{ data: string }>(`SELECT data FROM chain_log WHERE ${where}`);
    const data = row?.data ?? "";
    // The first digit of the account that has the last leg.
    const at = data.length - 64;
    const changed = `${data.slice(0, at)}${data[at] === "1" ? "2" : "1"}${data.slice(at + 1)}`;
    await write(`UPDATE chain_log SET data = '${changed}' WHERE ${where}`);
    await eventually(async () => (await of(order.id)).some(({ what }) => what === "log"));
    match((await of(order.id)).find(({ what }) => what === "row")?.expected ?? "", /before authorized/);
    await eventually(async () => (await open()).length === 0);
    const [now] = await world().rows<{ data: string }>(`SELECT data FROM chain_log WHERE ${where}`);
    equal(now?.data, data);
    await agree();
  });

  it("finds a payment that a node never told of", async () => {
    const order = await world().issue();
    node().lie(async (call, ask) => {
      const answer = await ask(call);
      if ("error" in answer) return answer;
      if (call.method === "eth_getLogs") return { result: [] };
      if (call.method !== "eth_getBlockByNumber" || answer.result === null) return answer;
      return { result: { ...(answer.result as object), logsBloom: `0x${"0".repeat(512)}` } };
    });
    await world().pay(order);
    await chain().mine(1);
    await world().caughtUp();
    equal((await world().row(order)).state, "pending");
    node().lie(undefined);
    await chain().mine(3);
    await eventually(async () => (await world().state(order)) === "confirmed");
    await eventually(async () => (await open()).length === 0);
    ok((await of(order.id)).some(({ what, expected }) => what === "log" && /held 25000000/.test(expected)));
    await agree();
  });

  it("finds a row of an order that was changed by hand, and derives it anew from the logs", async () => {
    const order = await captured();
    await write(`UPDATE escrow_order SET captured = '1' WHERE order_id = '${order.orderId}'`);
    await eventually(async () => (await of(order.id)).some(({ what }) => what === "row"));
    const [row] = await of(order.id);
    deepEqual([row?.expected, row?.actual], ["captured 25000000", "captured 1"]);
    await eventually(async () => (await open()).length === 0);
    equal((await world().row(order)).captured, 25_000_000n);
    await agree();
  });

  it("finds an order whose row was emptied by hand, by what the ledger still holds for it", async () => {
    const order = await captured();
    await write(`UPDATE escrow_order SET captured = '0', state = 'voided' WHERE order_id = '${order.orderId}'`);
    await eventually(async () => (await of(order.id)).some(({ what }) => what === "row"));
    await eventually(async () => (await open()).length === 0);
    await agree();
  });

  it("believes nothing of a node that has another block where our tables end", async () => {
    const order = await captured();
    await chain().send(shopper, releaseCall(domain(), order.terms));
    await chain().mine(3);
    await world().caughtUp();
    const rpc = createRpc({ ...world().house.config.chain, rpcUrls: [stray().url] });
    const credit = `credit:${merchant.address}:${chain().chainId}:${chain().token}`.toLowerCase();
    const compared = [
      () => compareOrders(world().house, rpc, [order.id]),
      () => compareCredits(world().house, rpc, [credit]),
    ];
    stray().lie(anotherBranch(Number(await chain().client.getBlockNumber()), 1));
    for (const compare of compared) await rejects(compare(), /is another one at the node/);
    stray().lie(undefined);
    for (const compare of compared) {
      const { subjects, found } = await compare();
      deepEqual([subjects.length, found], [1, []]);
    }
    rpc.close();
  });

  it("reports balances that were changed by hand, and never sets them right by itself", async () => {
    const order = await captured();
    await chain().send(shopper, releaseCall(domain(), order.terms));
    const other = await captured();
    await chain().mine(3);
    await world().caughtUp();
    const credit = `credit:${merchant.address}:${chain().chainId}:${chain().token}`.toLowerCase();
    const held = `escrow_captured:${other.id}:${chain().chainId}:${chain().token}`.toLowerCase();
    const [before] = await world().rows<{ balance: string }>(
      "SELECT balance FROM ledger_account WHERE name = :credit",
      {
        credit,
      },
    );
    const balance = BigInt(before?.balance ?? 0);
    await write(`UPDATE ledger_account SET balance = '${balance + 1n}' WHERE name = '${credit}'`);
    await write(`UPDATE ledger_account SET balance = '7' WHERE name = '${held}'`);

    const both = async () => (await open()).filter(({ rescan_next }) => rescan_next === null);
    await eventually(async () => (await both()).length === 2);
    deepEqual((await both()).map(({ what, expected, actual }) => [what, expected, actual]).sort(), [
      ["credit", `credit ${balance}`, `credit ${balance + 1n}`],
      ["held", `${held} 25000000`, `${held} 7`],
    ]);
    await eventually(() => alarms.filter((line) => line.includes("a person has to look")).length === 2);
    equal(await gauge(), "2");
    await swept();
    equal((await open()).length, 2);
    equal((await reconcile(world().house)).open.length, 2);

    await write(`UPDATE ledger_account SET balance = '${balance}' WHERE name = '${credit}'`);
    await write(`UPDATE ledger_account SET balance = '25000000' WHERE name = '${held}'`);
    await eventually(async () => (await open()).length === 0);
    await agree();
  });
});
