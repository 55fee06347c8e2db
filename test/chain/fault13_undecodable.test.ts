import { deepEqual, equal, match } from "node:assert/strict";
import { pino } from "pino";
import { replayQuarantine } from "../../server/chain/listener/replayQuarantine.ts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { system } from "../../server/core/db/context.ts";
import { createMetrics } from "../../server/core/metrics.ts";
import { captureCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, operator } from "./support/world.ts";

const UNREADABLE = "0x1234";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [node().url] }));
  const alarms: string[] = [];
  const metrics = createMetrics();
  const log = pino({ level: "error" }, { write: (line: string) => void alarms.push(line) });
  const following = stage.following(world, log, metrics);

  const logsOf = ({ id }: Issued) =>
    world().rows<{ state: string; event: string | null; block_hash: string; data: string }>(
      "SELECT state, event, block_hash, data FROM chain_log WHERE terms_hash = :id",
      { id },
    );
  const quarantined = () =>
    world().rows<{ block_hash: string }>(
      "SELECT block_hash FROM chain_log WHERE state = 'quarantined' ORDER BY height",
    );
  /** As an upgrade would: what the rows hold can be read from now on. */
  const becomesReadable = (blockHash: string, data: string) =>
    db.database().write(system("test"), async (ctx) => {
      await ctx.db.query(`UPDATE chain_log SET data = '${data}' WHERE block_hash = '${blockHash}'`);
    });
  const paidUnreadably = async (order: Issued): Promise<{ blockHash: string; data: string }> => {
    let data = "";
    node().lie(async (call, ask) => {
      const answer = await ask(call);
      if (call.method !== "eth_getLogs" || "error" in answer) return answer;
      const logs = answer.result as { topics: string[]; data: string }[];
      const mine = logs.find(({ topics }) => topics[1] === order.id);
      data = mine?.data ?? data;
      return { result: logs.map((log) => (log === mine ? { ...log, data: UNREADABLE } : log)) };
    });
    await world().pay(order);
    await world().caughtUp();
    node().lie(undefined);
    return { blockHash: (await quarantined()).at(-1)?.block_hash ?? "", data };
  };

  let odd: Issued;
  let sent: { blockHash: string; data: string };

  it("puts it aside with an alarm, and the rest goes on", async () => {
    odd = await world().issue();
    await world().caughtUp();
    sent = await paidUnreadably(odd);
    equal((await quarantined()).length, 1);
    deepEqual(await logsOf(odd), []);
    equal(alarms.length, 1);
    match(alarms[0] ?? "", /a log of our escrow cannot be read/);
    match(await metrics.registry.metrics(), /tributary_chain_logs_total\{chain="31337",kind="quarantined"\} 1/);

    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    equal(following().readiness().ready, true);
  });

  it("replay-quarantine leaves it where it is as long as nobody can read it", async () => {
    const { quarantined: looked, unreadable, logs } = await replayQuarantine(world().house, "do");
    deepEqual([looked, unreadable, logs.come], [1, 1, 0]);
    equal((await world().row(odd)).state, "pending");
  });

  it("replay-quarantine lets it count once it can be read, and not twice", async () => {
    await becomesReadable(sent.blockHash, sent.data);
    const would = await replayQuarantine(world().house, "try");
    deepEqual([would.unreadable, would.logs.come, would.orders.length], [0, 1, 1]);
    equal((await world().row(odd)).state, "pending");

    await replayQuarantine(world().house, "do");
    equal((await world().row(odd)).state, "authorized");
    equal(await world().state(odd), "confirmed");
    deepEqual(
      (await logsOf(odd)).map(({ state, event }) => [state, event]),
      [["applied", "authorized"]],
    );
    equal((await replayQuarantine(world().house, "do")).quarantined, 0);
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("replay-quarantine puts it where it belongs, before what came later for the same order", async () => {
    const order = await world().issue();
    await world().caughtUp();
    const { blockHash, data } = await paidUnreadably(order);
    const domain = { chainId: chain().chainId, escrow: chain().escrow };
    await chain().send(operator, captureCall(domain, order.terms, 1_000_000n, order.terms.amount));
    await world().caughtUp();
    match((await world().row(order)).broken ?? "", /captured/);

    await becomesReadable(blockHash, data);
    const { orders } = await replayQuarantine(world().house, "do");
    deepEqual(
      orders.map(({ orderId, after }) => [orderId, after]),
      [[order.orderId, "partially_captured (confirmed), held 24000000, captured 1000000"]],
    );
    equal((await world().row(order)).broken, null);
    deepEqual((await reconcile(world().house)).differences, []);
  });
});
