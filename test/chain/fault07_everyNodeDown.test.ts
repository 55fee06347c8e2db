import { deepEqual, equal, match, ok } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";

/** The longest rest of a node; the outage is a hundred times as long. */
const TIMEOUT_MS = 150;
/** Without an answer for so long a process is not ready. */
const SILENT_S = 15;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const wire = stage.tcpProxy(chain);
  const world = stage.world(db, chain);
  const servers = stage.servers(db, chain, wire);

  it("the API serves, the lag grows, nothing is ready, and all of it is caught up with afterwards", async () => {
    const server = await servers().start({ ROLE: "all", RPC_TIMEOUT_MS: String(TIMEOUT_MS) });
    const before = await world().issue();
    await world().pay(before);
    await eventually(async () => (await world().state(before)) === "confirmed");
    await eventually(async () => (await server.ready()).status === 200);
    const lag = async () => Number(/^tributary_chain_lag_seconds\{[^}]*\} (\S+)/m.exec(await server.metrics())?.[1]);
    const read = () => fetch(`http://127.0.0.1:${server.port}/api/v1/categories`);

    await wire().trouble({ kind: "away" });
    const orders = [];
    for (let i = 0; i < 3; i += 1) {
      const order = await world().issue();
      await world().pay(order);
      await chain().mine(5);
      orders.push(order);
    }
    const early = await lag();
    const asked = wire().connections();
    const { checks } = await eventually(
      async () => {
        equal((await read()).status, 200);
        const answer = await server.ready();
        return answer.status === 503 && answer;
      },
      { timeoutMs: 30_000, everyMs: 250 },
    );
    match(JSON.stringify(checks), /did not answer|left alone/);
    const late = await lag();
    ok(late >= SILENT_S && late > early + 5, `a lag of ${early} s and then of ${late} s`);
    equal((await read()).status, 200);
    equal(wire().connections(), asked, "a proxy that is away accepted a connection");

    await wire().trouble(undefined);
    for (const order of orders) await eventually(async () => (await world().state(order)) === "confirmed");
    await eventually(async () => (await server.ready()).status === 200);
    ok((await lag()) < SILENT_S);
    await world().caughtUp();
    await server.end("SIGTERM");
    deepEqual((await reconcile(world().house)).differences, []);
    equal((await world().rows("SELECT 1 AS one FROM chain_log WHERE state <> 'applied'")).length, 0);
  }).timeout(120_000);
});
