import { type Chain, startChain } from "../../../server/chain/index.ts";
import type { Config } from "../../../server/config.ts";
import type { House } from "../../../server/core/house.ts";
import type { Metrics } from "../../../server/core/metrics.ts";
import { startTestChain, type TestChain } from "../../support/chain.ts";
import type { TestDatabase } from "../../support/databases.ts";
import { type RpcProxy, startRpcProxy } from "./rpcProxy.ts";
import { serverProcesses } from "./serverProcess.ts";
import { startTcpProxy } from "./tcpProxy.ts";
import { makeWorld, type Running, type World } from "./world.ts";

/** A node, or what stands before one. */
type Node = () => { readonly url: string };

/**
 * What a suite of the chain has around it. Each thing is opened before the first test, in the order of these calls, and
 * closed after the last one in the reverse order; it is had by calling what is returned, in tests and hooks only.
 * @example
 * const stage = openStage();
 * const chain = stage.chain();
 * const node = stage.rpcProxy(chain);
 * const world = stage.world(db, chain, () => ({ rpcUrls: [node().url] }));
 * it("…", async () => { node().lie(behind(3)); await world().issue(); });
 */
export function openStage() {
  const closings: (() => unknown)[] = [];
  after(async () => {
    for (const close of closings.toReversed()) await close();
  });

  const opened = <T>(open: () => Promise<T> | T, close: (thing: T) => unknown): (() => T) => {
    const things: T[] = [];
    before(async () => {
      const thing = await open();
      things.push(thing);
      closings.push(() => close(thing));
    });
    return () => {
      if (!things.length) throw new Error("this is opened in before(); use it in tests and hooks only");
      return things[0] as T;
    };
  };
  const stop = (thing: { stop(): unknown }) => thing.stop();

  return {
    /** Anything else that is opened and closed with the suite. */
    opened,
    chain: (options?: () => Parameters<typeof startTestChain>[0]) => opened(() => startTestChain(options?.()), stop),
    /** Lies for the node. */
    rpcProxy: (node: Node) => opened<RpcProxy>(() => startRpcProxy(node().url), stop),
    /** Breaks the connections to the node. */
    tcpProxy: (node: Node) => opened(() => startTcpProxy(node().url), stop),
    /** @param settings parts of the chain's configuration that differ */
    world: (db: TestDatabase, chain: () => TestChain, settings: () => Partial<Config["chain"]> = () => ({})) =>
      opened<World>(
        () => makeWorld(db.database(), chain(), settings()),
        () => undefined,
      ),
    /** Listener, operator and workers, which run all the while. */
    running: (world: () => World, options?: Parameters<World["start"]>[0]) =>
      opened<Running>(() => world().start(options), stop),
    /** The chain's part alone, which tells `log` what it does. */
    following: (world: () => World, log: House["log"], metrics: Metrics) =>
      opened<Chain>(() => startChain({ ...world().house, log }, { metrics }), stop),
    /** Real servers; none is started yet. @param node what they ask, if not the chain's own */
    servers: (db: TestDatabase, chain: () => TestChain, node: Node = chain) =>
      opened(
        () => serverProcesses(chain(), () => db.url(), node().url),
        (servers) => servers.killAll(),
      ),
  };
}
