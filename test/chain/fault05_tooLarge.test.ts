import { deepEqual, equal, ok } from "node:assert/strict";
import { fromJsonRpc } from "../../server/chain/rpc/errors.ts";
import { authorizeCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import type { HttpLie, Lie, RpcCall } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, shopper } from "./support/world.ts";

/** How nodes and providers have been seen to refuse a span of blocks or what it holds. */
const WORDINGS: readonly [number, string][] = [
  [-32_005, "query returned more than 10000 results. Try with this block range [0x3A2, 0x4B1]."],
  [-32_602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range."],
  [-32_600, "You can make eth_getLogs requests with up to a 10 block range. this block range should work: [0x1, 0xa]"],
  [-32_614, "eth_getLogs is limited to a 10,000 range"],
  [-32_602, "eth_getLogs is limited to 0 - 50 blocks range"],
  [-32_701, "exceed maximum block range: 50000"],
  [-32_602, "query exceeds max block range 100000"],
  [-32_602, "query exceeds max results 20000, retry with the range 1-2"],
  [35, "ranges over 10000 blocks are not supported on freetier"],
  [-32_600, "block range is too wide"],
  [-32_000, "block range too large"],
  [-32_047, "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800"],
  [-32_005, "Block range limit exceeded."],
  [-32_000, "please limit the query to at most 1000 blocks"],
  [-32_602, "Maximum allowed number of requested blocks is 1000"],
  [-32_000, "exceeds the range allowed for your plan (5000 > 2000)"],
  [-32_020, "backend response too large"],
  [-32_008, "Response is too big"],
  [-32_000, "length limit exceeded"],
  [-32_000, "query timeout exceeded"],
  [-32_000, "too many blocks requested"],
  [-32_000, "logs matched by query exceeds limit of 10000"],
];

describe("how a node says that it is too much", () => {
  for (const [code, message] of WORDINGS)
    it(`"${message}"`, () => equal(fromJsonRpc({ code, message }).fault, "too_large"));

  for (const [code, message, fault] of [
    [-32_005, "daily request count exceeded, request rate limited", "limited"],
    [429, "Your app has exceeded its compute units per second capacity", "limited"],
    [-32_000, "nonce too low", "refused"],
    [-32_000, "header not found", "behind"],
    [3, "execution reverted: StateMoved", "reverted"],
  ] as const)
    it(`but "${message}" is ${fault}`, () => equal(fromJsonRpc({ code, message }).fault, fault));
});

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [node().url], blockRange: 64 }));
  const orders: Issued[] = [];

  const spanOf = ({ params: [filter] }: RpcCall): number => {
    const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
    return Number(toBlock) - Number(fromBlock) + 1;
  };
  const isLogs = ({ method }: RpcCall) => method === "eth_getLogs";
  const spans = () => node().calls.filter(isLogs).map(spanOf);

  /** Reads forty blocks with two payments through a node that refuses more than `most` blocks. */
  async function readsAll(refuse: (tooLarge: (call: RpcCall) => boolean) => void, most: number): Promise<number[]> {
    for (let i = 0; i < 2; i++) {
      const order = await world().issue();
      orders.push(order);
      await chain().mine(20);
      await world().pay(order);
    }
    node().calls.length = 0;
    refuse((call) => isLogs(call) && spanOf(call) > most);
    const running = world().start();
    try {
      await world().caughtUp();
    } finally {
      await running.stop();
      node().lie(undefined);
      node().http(undefined);
    }
    for (const order of orders) equal(await world().state(order), "confirmed");
    return spans();
  }

  it("halves down to one block for an error, and grows again", async () => {
    const seen = await readsAll((tooLarge) => {
      const lie: Lie = (call, ask) =>
        tooLarge(call) ? { error: { code: -32_005, message: "query returned more than 10000 results" } } : ask(call);
      node().lie(lie);
    }, 1);
    ok(seen.includes(1));
    const refused = seen.filter((span) => span > 1);
    deepEqual(
      refused.slice(0, 5),
      [...refused.slice(0, 5)].sort((a, b) => b - a),
    );
    const first = seen.indexOf(1);
    ok(
      seen.slice(first).some((span) => span > 1),
      "it never tried more again",
    );
  });

  it("halves for HTTP 413", async () => {
    const seen = await readsAll((tooLarge) => {
      const lie: HttpLie = (calls, response) => {
        if (!calls.some(tooLarge)) return false;
        response.statusCode = 413;
        response.end("<html>Request Entity Too Large</html>");
        return true;
      };
      node().http(lie);
    }, 5);
    ok(seen.some((span) => span > 5) && seen.some((span) => span <= 5));
  });

  it("halves for a body that does not end", async () => {
    const megabyte = "x".repeat(2 ** 20);
    const seen = await readsAll((tooLarge) => {
      node().http((calls, response) => {
        if (!calls.some(tooLarge)) return false;
        const pour = (): void => {
          while (!response.destroyed && response.write(megabyte));
          if (!response.destroyed) response.once("drain", pour);
        };
        pour();
        return true;
      });
    }, 10);
    ok(seen.some((span) => span > 10) && seen.some((span) => span <= 10));
  });

  for (const [what, tooMuch] of [
    ["its logs", ["eth_getLogs"]],
    ["its logs and its receipts together", ["eth_getLogs", "eth_getBlockReceipts"]],
  ] as const)
    it(`a single block of which ${what} are too much: read receipt by receipt, and not stalled`, async () => {
      await chain().automine(false);
      const [one, other] = [await world().issue(), await world().issue()];
      for (const { terms } of [one, other])
        await chain().submit(shopper, {
          ...authorizeCall({ chainId: chain().chainId, escrow: chain().escrow }, terms),
          gas: 500_000n,
        });
      await chain().mine();
      await chain().automine(true);
      node().calls.length = 0;
      node().lie((call, ask) => {
        const methods: readonly string[] = tooMuch;
        return methods.includes(call.method) ? { error: { code: -32_008, message: "Response is too big" } } : ask(call);
      });
      const running = world().start();
      try {
        for (const order of [one, other]) await eventually(async () => (await world().state(order)) === "confirmed");
      } finally {
        await running.stop();
        node().lie(undefined);
      }
      const counts = await world().rows<{ n: number | string }>(
        "SELECT COUNT(*) AS n FROM chain_log GROUP BY block_hash ORDER BY MAX(height) DESC",
      );
      equal(Number(counts[0]?.n), 2);
    });

  it("keeps on at the same span when nothing is wrong", async () => {
    const order = await world().issue();
    await world().pay(order);
    const running = world().start();
    await eventually(async () => (await world().state(order)) === "confirmed");
    await running.stop();
  });
});
