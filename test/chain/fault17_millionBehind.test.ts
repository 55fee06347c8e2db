import { equal, ok } from "node:assert/strict";
import { openHouse } from "../../scripts/bench/listener/house.ts";
import { type Prepared, prepare } from "../../scripts/bench/listener/prepare.ts";
import { serveChain, temporaryFolder } from "../../scripts/bench/listener/run.ts";
import { startListener } from "../../server/chain/listener/index.ts";
import { createRpc } from "../../server/chain/rpc/pool.ts";
import { system } from "../../server/core/db/context.ts";
import { sql } from "../../server/core/db/sql.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { type RpcProxy, startRpcProxy } from "./support/rpcProxy.ts";

const EVENTS = 9_000;
/** Most logs of one transaction; a block has fewer. */
const BOUND = 2_000;
const PATIENT_MS = 60_000;

/** What went to and fro, in its order: logs that the node gave, logs that were committed. */
type Step = { readonly what: "given" | "stored"; readonly logs: number };

onBothDatabases((db) => {
  const folder = temporaryFolder();
  let chain: Prepared;
  let node: Awaited<ReturnType<typeof serveChain>> | undefined;
  let proxy: RpcProxy | undefined;
  before(async () => {
    chain = await prepare(folder.path, { shape: "dense", events: EVENTS, perBlock: 50, withFull: false });
    node = await serveChain(chain);
    proxy = await startRpcProxy(node.url);
  });
  after(async () => {
    await proxy?.stop();
    await node?.stop();
    folder.remove();
  });

  /** Reads all of the chain, and tells what happened meanwhile. */
  async function backfilled(): Promise<Step[]> {
    if (!proxy) throw new Error("the node is started in before()");
    const steps: Step[] = [];
    proxy.lie(async (call, ask) => {
      const answer = await ask(call);
      if (call.method === "eth_getLogs" && "result" in answer)
        steps.push({ what: "given", logs: (answer.result as unknown[]).length });
      return answer;
    });
    const house = await openHouse({ url: proxy.url, chain, databaseUrl: db.url(), folder: folder.path });
    const listener = startListener(house, {
      rpc: createRpc(house.config.chain),
      onMoved: ({ logs }) => steps.push({ what: "stored", logs }),
      onLead: () => undefined,
      onDisagreement: () => undefined,
    });
    try {
      await eventually(() => listener.status().cursor === chain.head, { timeoutMs: PATIENT_MS });
    } finally {
      await listener.stop();
      const { rows } = await house.db.read(system("test"), (ctx) =>
        sql<{ n: number | string }>(ctx.db, "SELECT COUNT(*) AS n FROM chain_log"),
      );
      equal(Number(rows[0]?.n), EVENTS);
      await house.db.close();
    }
    return steps;
  }

  it("a backlog of any length is taken in transactions, and held in memory, by bounded parts", async () => {
    const steps = await backfilled();
    const stored = steps.filter(({ what }) => what === "stored").map(({ logs }) => logs);
    equal(
      stored.reduce((sum, logs) => sum + logs, 0),
      EVENTS,
    );
    ok(Math.max(...stored) <= BOUND, `${Math.max(...stored)} logs in one transaction`);
    ok(Math.max(...stored) > BOUND / 2, "transactions are not smaller than they need be");

    // The first answer tells how dense the chain is; from then on hardly more is asked for than one transaction takes,
    // and no more than one answer is ahead of the one that is being written.
    const [, ...later] = steps.filter(({ what }) => what === "given").map(({ logs }) => logs);
    ok(Math.max(...later) <= 1.5 * BOUND, `${Math.max(...later)} logs in one answer`);
    let ahead = 0;
    for (const { what } of steps) {
      ahead = what === "given" ? ahead + 1 : 0;
      ok(ahead <= 2, "more than two answers were held at once");
    }
  });
});
