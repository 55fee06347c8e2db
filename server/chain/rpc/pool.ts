import type { Hex } from "viem";
import { afterFailure, afterSuccess, type Breaker, type BreakerState, breakerState, CLOSED } from "./breaker.ts";
import { type Ask, type AskEach, allOf, createEndpoint } from "./endpoint.ts";
import { RpcError, type RpcFault } from "./errors.ts";
import { type Paced, paced } from "./paced.ts";

/**
 * What is asked of one node, so that all its answers are of the same one. `each` asks the same node as `ask`, and gives
 * errors of single calls as answers. `node` is its place among the http URLs.
 */
export type Work<T> = (ask: Ask, each: AskEach, node: number) => Promise<T>;

/** The nodes of one chain, asked one after the other until one gives an answer that stands. */
export interface Rpc {
  /** How many nodes there are. */
  readonly size: number;
  /**
   * Runs `work` against one node, beginning with the one that answered last, and against the next when it fails for a
   * reason that another node may not have. What `work` throws as `bad_answer` counts as the node's fault.
   * @throws RpcError when none could; `forked` only when every node says so
   */
  onOne<T>(work: Work<T>): Promise<T>;
  /** Like `onOne`, against the other nodes than `node` that are in health; the one that `onOne` begins with stays. */
  onAnother<T>(node: number, work: Work<T>): Promise<T>;
  /** Lets `onOne` begin with another node, because it is ahead of the one that answers. */
  turn(node: number): void;
  /** How each node is doing. */
  health(): NodeHealth[];
  /** Ends requests on their way; every later one fails. */
  close(): void;
}

export interface NodeHealth {
  readonly state: BreakerState;
  /** Calls a second that it lets itself be asked; infinite while it has not minded. */
  readonly perSecond: number;
}

/** A chain, and where its nodes are. */
export interface NodesOfChain {
  readonly id: number;
  readonly genesisHash: Hex;
  /** Those that are not http are left out: they only wake the listener. */
  readonly rpcUrls: readonly string[];
  /** How long a node may take for one request, and the longest it is left alone, in milliseconds. */
  readonly rpcTimeoutMs: number;
}

export interface RpcOptions {
  /** Told of every failure, with the node's place among the http URLs. */
  readonly onFault?: (fault: RpcFault, node: number) => void;
  /** Told of every request, with the number of its calls. */
  readonly onRequest?: (calls: number, node: number) => void;
}

interface Node extends Paced {
  readonly at: number;
  readonly ask: Ask;
  breaker: Breaker;
  /** When it last said which chain it serves, and that was ours; undefined when it is to be asked again. */
  provenAt: number | undefined;
  /** While it is being asked: one question for all who wait. */
  proof: Promise<void> | undefined;
}

/** Faults after which the node is left alone for a while. Who can ask for less at once does so before it comes to that. */
const RESTS: ReadonlySet<RpcFault> = new Set(["unreachable", "limited", "too_large", "bad_answer", "wrong_chain"]);
/** Faults that another node may not have. */
const NEXT: ReadonlySet<RpcFault> = new Set([...RESTS, "behind", "forked", "disagrees"]);
/** A node may be swapped for another behind its URL without a sign. */
const PROOF_LASTS_MS = 60_000;

const now = (): number => performance.now();

/**
 * Makes the pool. Nodes are tried in the order of `rpcUrls`, beginning with the one that answered last.
 * @example const rpc = createRpc(house.config.chain)
 */
export function createRpc(chain: NodesOfChain, { onFault, onRequest }: RpcOptions = {}): Rpc {
  const stopped = new AbortController();
  const urls = chain.rpcUrls.filter((url) => url.startsWith("http"));
  const nodes = urls.map((url, at): Node => {
    const endpoint = createEndpoint(url, stopped.signal, chain.rpcTimeoutMs);
    const counted: AskEach = (calls) => {
      onRequest?.(calls.length, at);
      return endpoint(calls);
    };
    const node = paced(counted, { stopped: stopped.signal, mostMs: chain.rpcTimeoutMs, now });
    return { ...node, at, ask: allOf(node.each), breaker: CLOSED, provenAt: undefined, proof: undefined };
  });
  let current = 0;

  const failed = (node: Node, error: unknown, askedAt: number): void => {
    if (!(error instanceof RpcError)) return;
    onFault?.(error.fault, node.at);
    if (!RESTS.has(error.fault)) return;
    if (error.fault !== "limited") node.provenAt = undefined;
    const failure = { askedAt, now: now(), longestMs: chain.rpcTimeoutMs, chance: Math.random() };
    node.breaker = afterFailure(node.breaker, { ...failure, wantedMs: error.retryAfterMs });
  };

  const prove = async (node: Node): Promise<void> => {
    const askedAt = now();
    try {
      await assertChain(node.ask, chain);
      node.provenAt = askedAt;
    } catch (error) {
      failed(node, error, askedAt);
      throw error;
    } finally {
      node.proof = undefined;
    }
  };
  const proven = (node: Node): Promise<void> | undefined => {
    if (node.provenAt !== undefined && now() - node.provenAt < PROOF_LASTS_MS) return undefined;
    node.proof ??= prove(node);
    return node.proof;
  };

  const attempt = async <T>(node: Node, work: Work<T>): Promise<T> => {
    await proven(node);
    const askedAt = now();
    try {
      const result = await work(node.ask, node.each, node.at);
      node.breaker = afterSuccess(node.breaker, askedAt);
      return result;
    } catch (error) {
      failed(node, error, askedAt);
      if (!(error instanceof RpcError) || error.fault !== "forked") throw error;
      // A node of another chain looks like a fork as deep as can be.
      node.provenAt = undefined;
      await proven(node);
      throw error;
    }
  };

  const firstOf = async <T>(candidates: readonly Node[], work: Work<T>): Promise<T> => {
    const awake = candidates.filter(({ breaker }) => breakerState(breaker, now()) !== "open");
    const errors: RpcError[] = [];
    for (const node of awake) {
      try {
        return await attempt(node, work);
      } catch (error) {
        if (!(error instanceof RpcError) || !NEXT.has(error.fault)) throw error;
        errors.push(error);
      }
    }
    throw mostTelling(errors, candidates.length - awake.length);
  };

  return {
    size: nodes.length,
    onOne: (work) =>
      firstOf([...nodes.slice(current), ...nodes.slice(0, current)], async (ask, each, node) => {
        const result = await work(ask, each, node);
        current = node;
        return result;
      }),
    onAnother: (node, work) => {
      const others = nodes.filter(({ at }) => at !== node);
      // Who waits for another's word should not wait for a node that may be dead: it is tried beside.
      for (const other of others)
        if (breakerState(other.breaker, now()) === "half_open") proven(other)?.catch(() => undefined);
      return firstOf(
        others.filter(({ breaker, provenAt }) => breaker.failures === 0 || provenAt !== undefined),
        work,
      );
    },
    turn: (node) => {
      current = node;
    },
    health: () =>
      nodes.map(({ breaker, perSecond }) => ({ state: breakerState(breaker, now()), perSecond: perSecond() })),
    close: () => stopped.abort(),
  };
}

/**
 * What to make of several nodes' failures: one that is alive but behind is waited for; that ours is no longer the chain
 * counts when all say so; else the last.
 * @param resting how many more nodes there are that were not asked
 */
function mostTelling(errors: readonly RpcError[], resting: number): RpcError {
  const others = errors.filter(({ fault }) => fault !== "forked");
  const telling = others.find(({ fault }) => fault === "behind") ?? others.at(-1);
  if (telling) return telling;
  const forked = errors.at(-1);
  if (forked && resting === 0) return forked;
  return new RpcError("unreachable", forked ? `${forked.message}; but not every node could be asked` : NONE);
}

const NONE = "every node failed a moment ago and is left alone for now";

async function assertChain(ask: Ask, { id: chainId, genesisHash }: NodesOfChain): Promise<void> {
  const [id, genesis] = await ask([
    { method: "eth_chainId", params: [] },
    { method: "eth_getBlockByNumber", params: ["0x0", false] },
  ]);
  if (Number(id) !== chainId) throw new RpcError("wrong_chain", `the node serves chain ${Number(id)}, not ${chainId}`);
  const hash = typeof genesis === "object" && genesis !== null && "hash" in genesis ? genesis.hash : undefined;
  if (String(hash).toLowerCase() !== genesisHash.toLowerCase())
    throw new RpcError("wrong_chain", `the node's block 0 is ${hash}, not ${genesisHash}`);
}
