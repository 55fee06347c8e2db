import { equal, ok, rejects } from "node:assert/strict";
import { RpcError, type RpcFault } from "../../server/chain/rpc/errors.ts";
import { createRpc, type NodesOfChain, type Rpc } from "../../server/chain/rpc/pool.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import type { Trouble } from "./support/tcpProxy.ts";

const TIMEOUT_MS = 600;
/** The trip of a request and the machine's own delays. */
const SLACK_MS = 400;

/** Ways in which a connection breaks, and what becomes of the request. */
const TROUBLES: readonly [string, Trouble, ...RpcFault[]][] = [
  ["nobody accepts the connection", { kind: "away" }, "unreachable"],
  ["a reset before the answer", { kind: "reset", afterBytes: 0 }, "unreachable"],
  ["a reset in the middle of the answer", { kind: "reset", afterBytes: 60 }, "unreachable"],
  ["a half-open connection", { kind: "halfOpen" }, "unreachable"],
  ["an answer later than the time-out", { kind: "latency", ms: TIMEOUT_MS * 2 }, "unreachable"],
  ["an answer that trickles, a byte at a time", { kind: "trickle", everyMs: 20 }, "unreachable"],
  ["a truncated answer", { kind: "truncate", bytes: 150 }, "unreachable"],
  ["an endless body", { kind: "endless" }, "too_large", "unreachable"],
  ["a web page with 200", { kind: "page", status: 200 }, "bad_answer"],
  ["a web page with 502", { kind: "page", status: 502 }, "unreachable"],
  ["503", { kind: "page", status: 503, headers: { "retry-after": "1" } }, "unreachable"],
  ["429", { kind: "page", status: 429, headers: { "retry-after": "1" } }, "limited"],
];

const HEAD = [{ method: "eth_blockNumber", params: [] }];

describe("a node behind a broken transport", () => {
  const stage = openStage();
  const chain = stage.chain();
  const bad = stage.tcpProxy(chain);
  const good = stage.tcpProxy(chain);
  let rpc: Rpc;
  let faults: RpcFault[] = [];
  /** A pool whose first node is the bad one; it has answered once. */
  async function poolOf(...rpcUrls: string[]): Promise<Rpc> {
    faults = [];
    const genesisHash = chain().book.genesisHash as NodesOfChain["genesisHash"];
    const place = { id: chain().chainId, genesisHash, rpcUrls, rpcTimeoutMs: TIMEOUT_MS };
    rpc = createRpc(place, { onFault: (fault) => faults.push(fault) });
    await rpc.onOne((ask) => ask(HEAD));
    return rpc;
  }
  afterEach(async () => {
    rpc?.close();
    await bad().trouble(undefined);
  });

  for (const [what, trouble, ...expected] of TROUBLES)
    it(`${what}: an error in time, and the next node answers`, async () => {
      const alone = await poolOf(bad().url);
      await bad().trouble(trouble);
      const began = performance.now();
      await rejects(
        alone.onOne((ask) => ask(HEAD)),
        (error: unknown) => error instanceof RpcError && expected.includes(error.fault),
      );
      ok(performance.now() - began < TIMEOUT_MS + SLACK_MS, `after ${performance.now() - began} ms`);
      alone.close();

      await bad().trouble(undefined);
      const both = await poolOf(bad().url, good().url);
      await bad().trouble(trouble);
      equal(await both.onOne(async (ask, _, node) => (await ask(HEAD)) && node), 1);
      ok(faults.length === 1 && faults.every((fault) => expected.includes(fault)), faults.join());
    });

  it("is left alone, asked once by all who wait, and taken again when it answers", async () => {
    const pool = await poolOf(bad().url);
    await bad().trouble({ kind: "halfOpen" });
    await rejects(pool.onOne((ask) => ask(HEAD)));
    equal(pool.health()[0]?.state, "open");
    const before = bad().requests();
    await rejects(
      pool.onOne((ask) => ask(HEAD)),
      /left alone/,
    );
    equal(bad().requests(), before);

    await eventually(() => pool.health()[0]?.state === "half_open");
    const many = await Promise.allSettled(Array.from({ length: 20 }, () => pool.onOne((ask) => ask(HEAD))));
    ok(many.every(({ status }) => status === "rejected"));
    equal(bad().requests(), before + 1, "twenty callers were not one probe");

    await bad().trouble(undefined);
    await eventually(async () => (await pool.onOne((ask) => ask(HEAD))).length === 1);
    equal(pool.health()[0]?.state, "closed");
  });

  it("asked too often: not at all for as long as it wants, then half as often, then a little more each time", async () => {
    const pool = await poolOf(bad().url);
    for (let i = 0; i < 40; i += 1) await pool.onOne((ask) => ask(HEAD));
    equal(pool.health()[0]?.perSecond, Number.POSITIVE_INFINITY);
    await bad().trouble({ kind: "page", status: 429, headers: { "retry-after": "1" } });
    const limitedAt = performance.now();
    await rejects(pool.onOne((ask) => ask(HEAD)));
    await bad().trouble(undefined);

    await eventually(async () => (await pool.onOne((ask) => ask(HEAD))).length === 1, { everyMs: 5 });
    // A second would be longer than the longest rest, which is what it is left alone for.
    ok(performance.now() - limitedAt >= TIMEOUT_MS, `${performance.now() - limitedAt} ms`);
    const cut = pool.health()[0]?.perSecond ?? 0;
    ok(cut > 1 && cut < 40, `${cut} calls a second`);
    const calls = Array.from({ length: Math.ceil(cut) * 3 }, () => pool.onOne((ask) => ask(HEAD)));
    const began = performance.now();
    await Promise.all(calls);
    ok(performance.now() - began > TIMEOUT_MS / 2, "nothing was held back");
    ok((pool.health()[0]?.perSecond ?? 0) > cut);
  });
});

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const first = stage.tcpProxy(chain);
  const second = stage.tcpProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [first().url, second().url], rpcTimeoutMs: TIMEOUT_MS }));
  const running = stage.running(world);

  it("reads and sends through the other node, whatever befalls the one", async () => {
    for (const [at, [, trouble]] of TROUBLES.entries()) {
      // The one that answered last is the one that is asked, so they take turns to break.
      const broken = at % 2 === 0 ? first() : second();
      await broken.trouble(trouble);
      const order = await world().issue();
      await world().sign(order);
      await eventually(async () => (await world().state(order)) === "confirmed");
      await broken.trouble(undefined);
    }
  });

  it("catches up after both were gone, and nothing is lost or doubled", async () => {
    for (const node of [first(), second()]) await node.trouble({ kind: "halfOpen" });
    const orders = [await world().issue(), await world().issue()];
    for (const order of orders) await world().pay(order);
    await eventually(() => running().chain.listener.status().problem !== undefined);
    for (const node of [first(), second()]) await node.trouble(undefined);
    for (const order of orders) await eventually(async () => (await world().state(order)) === "confirmed");
    equal((await world().rows("SELECT 1 AS one FROM chain_log WHERE state <> 'applied'")).length, 0);
  });
});
