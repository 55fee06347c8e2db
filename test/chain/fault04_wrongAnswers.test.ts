import { deepEqual, equal, match, ok } from "node:assert/strict";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import type { Lie, RpcProxy } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import { type Running, stranger } from "./support/world.ts";

type Log = Readonly<Record<string, unknown>>;

/** Changes the logs that a node gives; nothing where it gives none. */
const logsAs =
  (change: (logs: readonly Log[]) => readonly Log[]): Lie =>
  async (call, ask) => {
    const answer = await ask(call);
    if (call.method !== "eth_getLogs" || "error" in answer) return answer;
    const logs = answer.result as Log[];
    return { result: logs.length === 0 ? logs : change(logs) };
  };
/** Changes one property of the first log. */
const firstWith = (changed: Log): Lie => logsAs(([first, ...more]) => [{ ...first, ...changed }, ...more]);

/** Answers that cannot be true, and what is said of them. */
const LIES: readonly [string, Lie, RegExp][] = [
  ["no logs although the block's bloom says otherwise", logsAs(() => []), /has logs of ours that were not given/],
  ["a log twice", logsAs((logs) => [...logs, ...logs]), /log \d+ of block \d+ twice/],
  ["a log of another contract", firstWith({ address: stranger.address }), /a log of 0x/],
  ["a log of another block", firstWith({ blockHash: `0x${"ab".repeat(32)}` }), /no block \d+ of this chain/],
  ["a log of a height that was not asked for", firstWith({ blockNumber: "0xffffff" }), /outside of \d+ to \d+/],
  ["a log that was removed", firstWith({ removed: true }), /a removed log/],
  ["a log whose number is none", firstWith({ logIndex: "first" }), /is no hex/],
  ["something that is no list of logs", logsAs(() => ({}) as never), /logs are no list/],
  [
    "null for a block that it told of",
    async (call, ask) =>
      call.method === "eth_getBlockByNumber" && call.params[0] !== "latest" && call.params[0] !== "0x0"
        ? { result: null }
        : ask(call),
    /does not have a block that it should/,
  ],
  [
    "a bloom filter that is cut short, so that it has nothing in it",
    async (call, ask) => {
      const answer = await ask(call);
      const isHigh = call.method === "eth_getBlockByNumber" && Number(call.params[0]) > 1;
      if (!isHigh || "error" in answer || answer.result === null) return answer;
      return { result: { ...(answer.result as Log), logsBloom: "0x" } };
    },
    /a bloom filter of 0 digits/,
  ],
  [
    "another block than the one that was asked for",
    async (call, ask) => {
      const isHigh = call.method === "eth_getBlockByNumber" && Number(call.params[0]) > 1;
      return isHigh ? ask({ ...call, params: ["0x1", false] }) : ask(call);
    },
    /asked for block \d+, was given 1/,
  ],
];

/** Blocks, of which most are far below the one that is final. */
const HOURS_LATER = 300;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const first = stage.rpcProxy(chain);
  const second = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [first().url, second().url] }));
  let running: Running | undefined;
  afterEach(async () => {
    await running?.stop();
    for (const node of [first(), second()]) node.lie(undefined);
  });
  const cursor = async () => (await world().rows("SELECT height, hash, version FROM chain_cursor"))[0];
  const asked = (node: RpcProxy) => node.calls.filter(({ method }) => method === "eth_getLogs").length;

  for (const [what, lie, why] of LIES)
    it(`${what}: refused, the next node is asked, and nothing is skipped`, async () => {
      running = world().start();
      await world().caughtUp();
      await running.stop();
      const order = await world().issue();
      await world().pay(order);
      await chain().mine(2);
      const before = await cursor();

      // By the word of the lying node alone nothing is read, however often it is asked.
      for (const node of [first(), second()]) node.lie(lie);
      running = world().start();
      const { chain: following } = running;
      await eventually(() => why.test(following.listener.status().problem ?? ""));
      const times = asked(first());
      await eventually(() => asked(first()) > times);
      deepEqual(await cursor(), before);

      second().lie(undefined);
      await eventually(async () => (await world().state(order)) === "confirmed");
      match(following.listener.status().problem ?? "", /^($|no second node)/);
      equal((await world().row(order)).held, order.terms.amount);
    });

  it("no logs although the bloom says otherwise: refused also by a house that was down for hundreds of blocks", async () => {
    running = world().start();
    await world().caughtUp();
    await running.stop();
    const order = await world().issue();
    await world().pay(order);
    await chain().mine(HOURS_LATER);

    for (const node of [first(), second()]) node.lie(logsAs(() => []));
    running = world().start();
    const { chain: following } = running;
    await eventually(() => /has logs of ours that were not given/.test(following.listener.status().problem ?? ""));
    second().lie(undefined);
    await eventually(async () => (await world().state(order)) === "confirmed");
  });

  it("what was read in the end is what is on the chain", async () => {
    running = world().start();
    await world().caughtUp();
    await running.stop();
    deepEqual((await reconcile(world().house)).differences, []);
    const [logs] = await world().rows<{ n: number | string }>("SELECT COUNT(*) AS n FROM chain_log");
    const truth = await chain().client.getLogs({ address: chain().escrow, fromBlock: 0n });
    ok(truth.length > LIES.length);
    equal(Number(logs?.n), truth.length);
  });
});
