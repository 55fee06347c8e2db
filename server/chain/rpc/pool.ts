import type { Hex } from "viem";
import { type Ask, type AskEach, allOf, createEndpoint } from "./endpoint.ts";
import { RpcError, type RpcFault } from "./errors.ts";

/** The nodes of one chain, asked one after the other until one gives an answer that stands. */
export interface Rpc {
  /**
   * Runs `work` against one node, so that all its answers are of the same one, and against the next when it fails for
   * a reason that another node may not have. What `work` throws as `bad_answer` counts as the node's fault. `each` asks
   * the same node, and gives errors of single calls as answers.
   * @throws RpcError the last node's, when none could
   */
  onOne<T>(work: (ask: Ask, each: AskEach) => Promise<T>): Promise<T>;
  /** Ends requests on their way; every later one fails. */
  close(): void;
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
}

interface Node {
  readonly ask: Ask;
  readonly each: AskEach;
  /** Whether it was asked which chain it serves since it last failed. */
  proven: boolean;
  failures: number;
  /** Epoch milliseconds until which it is left alone. */
  restsUntil: number;
}

const FIRST_REST_MS = 250;
/** Faults after which the node is left alone for a while and proves itself anew. */
const RESTS: ReadonlySet<RpcFault> = new Set(["unreachable", "limited", "bad_answer", "wrong_chain"]);
/** Faults that another node may not have. */
const NEXT: ReadonlySet<RpcFault> = new Set([...RESTS, "behind", "forked"]);

/**
 * Makes the pool. Nodes are tried in the order of `rpcUrls`, beginning with the one that answered last.
 * @example const rpc = createRpc(house.config.chain)
 */
export function createRpc(chain: NodesOfChain, { onFault = () => undefined }: RpcOptions = {}): Rpc {
  const stopped = new AbortController();
  const urls = chain.rpcUrls.filter((url) => url.startsWith("http"));
  const nodes: Node[] = urls.map((url) => {
    const each = createEndpoint(url, stopped.signal, chain.rpcTimeoutMs);
    return { ask: allOf(each), each, proven: false, failures: 0, restsUntil: 0 };
  });
  let current = 0;

  const attempt = async <T>(node: Node, work: (ask: Ask, each: AskEach) => Promise<T>): Promise<T> => {
    try {
      if (!node.proven) await prove(node.ask, chain);
      node.proven = true;
      const result = await work(node.ask, node.each);
      node.failures = 0;
      return result;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      onFault(error.fault, nodes.indexOf(node));
      if (RESTS.has(error.fault)) rest(node, chain.rpcTimeoutMs);
      throw error;
    }
  };

  return {
    async onOne(work) {
      let last: unknown = new RpcError("unreachable", "every node failed a moment ago");
      for (let tried = 0; tried < nodes.length; tried += 1) {
        const at = (current + tried) % nodes.length;
        const node = nodes[at];
        if (!node || node.restsUntil > Date.now()) continue;
        try {
          const result = await attempt(node, work);
          current = at;
          return result;
        } catch (error) {
          last = error;
          if (!(error instanceof RpcError) || !NEXT.has(error.fault)) throw error;
        }
      }
      throw last;
    },
    close: () => stopped.abort(),
  };
}

/** Doubling, half of it by chance, so that many servers do not come back at once. */
function rest(node: Node, longestMs: number): void {
  const full = Math.min(FIRST_REST_MS * 2 ** Math.min(node.failures, 16), longestMs);
  node.failures += 1;
  node.proven = false;
  node.restsUntil = Date.now() + full * (0.5 + Math.random() / 2);
}

async function prove(ask: Ask, { id: chainId, genesisHash }: NodesOfChain): Promise<void> {
  const [id, genesis] = await ask([
    { method: "eth_chainId", params: [] },
    { method: "eth_getBlockByNumber", params: ["0x0", false] },
  ]);
  if (Number(id) !== chainId) throw new RpcError("wrong_chain", `the node serves chain ${Number(id)}, not ${chainId}`);
  const hash = typeof genesis === "object" && genesis !== null && "hash" in genesis ? genesis.hash : undefined;
  if (String(hash).toLowerCase() !== genesisHash.toLowerCase())
    throw new RpcError("wrong_chain", `the node's block 0 is ${hash}, not ${genesisHash}`);
}
