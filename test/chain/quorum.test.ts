import { deepEqual, equal, match, ok } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import type { Config } from "../../server/config.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch, behind, type Lie } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import type { Issued, Running } from "./support/world.ts";

const DEPTH = 3;
const NO_BLOOM = `0x${"0".repeat(512)}`;

/** A node that has no logs, and blocks that say that they have none. */
const withoutLogs: Lie = async (call, ask) => {
  if (call.method === "eth_getLogs") return { result: [] };
  const answer = await ask(call);
  if (call.method !== "eth_getBlockByNumber" || "error" in answer || answer.result === null) return answer;
  return { result: { ...(answer.result as object), logsBloom: NO_BLOOM } };
};

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const first = stage.rpcProxy(chain);
  const second = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({
    ...{ rpcUrls: [first().url, second().url], finality: { source: "depth", depth: DEPTH }, rpcTimeoutMs: 3_000 },
  }));
  let running: Running;
  beforeEach(() => {
    running = world().start();
  });
  afterEach(async () => {
    await running.stop();
    for (const node of [first(), second()]) {
      node.lie(undefined);
      node.http(undefined);
    }
  });

  /** Goes on with other settings. */
  const goOnWith = (settings: Partial<Config["chain"]>): void => {
    const { house } = world();
    running.again({ ...house, config: { ...house.config, chain: { ...house.config.chain, ...settings } } });
  };
  const height = async () => Number(await chain().client.getBlockNumber());
  const cursor = async () => {
    const [row] = await world().rows<{ height: number; finalized_height: number }>(
      "SELECT height, finalized_height FROM chain_cursor",
    );
    return { height: Number(row?.height), final: Number(row?.finalized_height) };
  };
  const confidence = async (order: Issued) => (await world().row(order)).confidence;
  /** Pays an order and buries it. */
  const buried = async (blocks: number): Promise<Issued> => {
    const order = await world().issue();
    await world().pay(order);
    await chain().mine(blocks);
    return order;
  };
  const problem = () => running.chain.listener.status().problem ?? "";

  it("what two nodes say becomes final", async () => {
    const order = await buried(DEPTH);
    await eventually(async () => (await confidence(order)) === "final");
    await world().caughtUp();
    equal((await cursor()).final, (await height()) - DEPTH);
  });

  it("another block at the other node: nothing becomes final, both hashes are told, and the rest goes on", async () => {
    await world().caughtUp();
    const before = await cursor();
    const branchAt = before.final + 1;
    second().lie(anotherBranch(branchAt, 40));
    const order = await buried(DEPTH + 1);
    await world().caughtUp();
    await eventually(() => problem() !== "");
    const { height: top, final } = await cursor();
    equal(final, before.final);
    equal(top, await height());
    equal(await world().state(order), "confirmed");
    equal(await confidence(order), "confirmed");
    match(
      problem(),
      /node 0 and node 1 disagree.*block \d+ is 0x[0-9a-f]{64} at the one and 0x[0-9a-f]{64} at the other/,
    );

    // When the other one comes back to the chain, no new block is needed.
    second().lie(undefined);
    await eventually(async () => (await confidence(order)) === "final");
    await eventually(() => problem() === "");
  });

  for (const [who, lying] of [
    ["the other node has lost", () => second()],
    ["the one that is read withholds", () => first()],
  ] as const)
    it(`a log that ${who}: nothing becomes final`, async () => {
      await world().caughtUp();
      const below = await height();
      lying().lie(withoutLogs);
      await buried(DEPTH + 1);
      await world().caughtUp();
      await eventually(() => /log \d+ of block \d+ \(0x[0-9a-f]{64}\) is missing/.test(problem()));
      ok((await cursor()).final <= below, "the payment's block became final");
      if (lying() === first()) return;
      lying().lie(undefined);
      await eventually(async () => (await cursor()).final === (await height()) - DEPTH);
    });

  it("a log that was withheld is still missing at the other node's word, until a person has it read again", async () => {
    await eventually(() => /is missing/.test(problem()));
    const { final } = await cursor();
    await chain().mine(2);
    await world().caughtUp();
    equal((await cursor()).final, final);
    // What `npm run listener -- rewind` does: the blocks above are read again.
    await running.stop();
    await db.database().write({ kind: "system", name: "test" }, async (ctx) => {
      const [block] = await ctx.db.query(`SELECT height, hash FROM chain_block WHERE height = ${final}`);
      await ctx.db.query(`DELETE FROM chain_block WHERE height > ${final}`);
      await ctx.db.query(
        `UPDATE chain_cursor SET height = ${final}, hash = '${block.hash}', confirmed_height = ${final}`,
      );
    });
    running = world().start();
    await eventually(async () => (await cursor()).final === (await height()) - DEPTH);
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("the other node lags: final as far as it has got", async () => {
    await world().caughtUp();
    const before = await cursor();
    second().lie(behind(before.final + 2));
    await chain().mine(8);
    await world().caughtUp();
    await eventually(async () => (await cursor()).final === before.final + 2);
    equal(problem(), "");
  });

  it("the other node is silent: nothing becomes final, and reading does not wait for it", async () => {
    await eventually(async () => (await cursor()).final === (await height()) - DEPTH);
    const before = await cursor();
    second().http((_, response) => response.destroy() !== undefined);
    const order = await buried(DEPTH + 1);
    await eventually(() => /no second node/.test(problem()));
    await world().caughtUp();
    equal(await confidence(order), "confirmed");
    equal((await cursor()).final, before.final);
    second().http(undefined);
    await eventually(async () => (await confidence(order)) === "final");
  });

  it("goes back over a long time without a second node in steps of a bounded size", async () => {
    second().http((_, response) => response.destroy() !== undefined);
    await running.stop();
    goOnWith({ blockRange: 8 });
    await buried(40);
    await world().caughtUp();
    await running.stop();
    second().http(undefined);
    second().calls.length = 0;
    goOnWith({ blockRange: 8 });
    await eventually(async () => (await cursor()).final === (await height()) - DEPTH);
    const spans = second().calls.filter(({ method }) => method === "eth_getLogs");
    for (const { params } of spans) {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      equal(Number(toBlock) - Number(fromBlock) < 8, true, `${fromBlock} to ${toBlock}`);
    }
    equal(spans.length >= 5, true);
  });

  it("with a quorum of one, one node's word is enough", async () => {
    await running.stop();
    second().lie(anotherBranch((await cursor()).final + 1, 40));
    goOnWith({ quorum: 1 });
    const order = await buried(DEPTH);
    await eventually(async () => (await confidence(order)) === "final");
  });
});
