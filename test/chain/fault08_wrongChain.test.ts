import { deepEqual, equal, match } from "node:assert/strict";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import type { Lie } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";

/** A node of a chain with another number. */
const anotherId: Lie = (call, ask) => (call.method === "eth_chainId" ? { result: "0x7a6a" } : ask(call));

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  /** A chain with the same number that began otherwise; it has our escrow's address, too, and more blocks. */
  const other = stage.chain(() => ({ initialDate: new Date(Date.now() - 86_400_000) }));
  const node = stage.rpcProxy(chain);
  const wire = stage.tcpProxy(node);
  const world = stage.world(db, chain, () => ({
    ...{ rpcUrls: [wire().url], rpcTimeoutMs: 400, finality: { source: "depth", depth: 3 } },
  }));
  before(() => other().mine(30));

  const cursor = () => world().rows("SELECT height, hash, version FROM chain_cursor");
  /** Starts, and waits until the server says what is wrong with its node. */
  const refused = async (why: RegExp) => {
    const running = world().start();
    await eventually(() => why.test(running.chain.readiness().reason ?? ""));
    equal(running.chain.readiness().ready, false);
    return running;
  };

  it("refused at the start: another chain's number, and nothing is written", async () => {
    node().lie(anotherId);
    const running = await refused(/serves chain 31338, not 31337/);
    deepEqual(await cursor(), []);
    node().lie(undefined);
    await eventually(() => running.chain.readiness().ready);
    await running.stop();
  });

  it("refused at the start: the right number with another block 0", async () => {
    const before = await cursor();
    wire().target(other().url);
    const running = await refused(/block 0 is 0x[0-9a-f]{64}, not 0x/);
    deepEqual(await cursor(), before);
    wire().target(node().url);
    await eventually(() => running.chain.readiness().ready);
    await running.stop();
  });

  it("refused on reconnect: a node swapped behind its URL; nothing is read of it, and none of ours taken back", async () => {
    const running = world().start();
    const order = await world().issue();
    await world().pay(order);
    await chain().mine(3);
    await eventually(async () => (await world().row(order)).confidence === "final");
    await world().caughtUp();
    const before = await cursor();

    wire().target(other().url);
    await eventually(() => /block 0 is/.test(running.chain.listener.status().problem ?? ""));
    deepEqual(await cursor(), before);
    equal(running.chain.listener.status().mode, "leading", "another chain was taken for a fork of ours");
    wire().target(node().url);
    const next = await world().issue();
    await world().pay(next);
    await eventually(async () => (await world().state(next)) === "confirmed");
    await running.stop();
  });

  it("refused without a reconnect: another chain on the same connection is no fork of ours", async () => {
    const running = world().start();
    await world().caughtUp();
    const before = await cursor();
    node().lie(async (call) => {
      const response = await fetch(other().url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", ...call }),
      });
      return (await response.json()) as Awaited<ReturnType<Lie>>;
    });
    await eventually(() => running.chain.listener.status().problem !== undefined);
    match(running.chain.listener.status().problem ?? "", /block 0 is/);
    equal(running.chain.listener.status().mode, "leading");
    deepEqual(await cursor(), before);
    node().lie(undefined);
    await eventually(() => running.chain.listener.status().problem === undefined);
    await running.stop();
  });
});
