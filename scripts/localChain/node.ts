import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { HardhatUserConfig } from "hardhat/config";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { JsonRpcServer } from "hardhat/types/network";
import type { JsonRpcRequest, RequestArguments } from "hardhat/types/providers";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** JSON-RPC's code (EIP-1474) for a method this node does not support. */
const METHOD_NOT_SUPPORTED = -32_004;

/** Asks the chain inside this process. The answer is the node's own JSON, typed by whoever asked. */
export type Ask = <Answer>(method: string, params?: unknown[]) => Promise<Answer>;

/** Stands between every client and the chain: may say why a call is refused, and may finish something before the answer leaves. */
export type Guard = { refusal(call: JsonRpcRequest): string | undefined; beforeAnswer(): Promise<void> };

/** A chain in this process that does not listen yet; `ask` passes the guard by. */
export type ChainNode = { ask: Ask; guard(guard: Guard): void; server: JsonRpcServer };

/** What a chain is made from. */
export type ChainMade = {
  chainId: number;
  /** Time of block 0, in seconds. */
  genesisS: number;
  /** Mine so often what came meanwhile; 0: a block for each transaction, at once. */
  blockEveryMs: number;
};

/**
 * Makes a Hardhat chain from nothing. The same `genesisS` always gives the same genesis hash.
 *
 * Blocks may share a second, else a burst of transactions runs ahead of the clock by a second each. Transactions are
 * mined in the order they came, and a reverted one is mined and answered with its hash, as public nodes do.
 */
export async function createNode(address: { host: string; port: number }, made: ChainMade): Promise<ChainNode> {
  const hre = await createHardhatRuntimeEnvironment(config(made), {}, ROOT);
  let guard: Guard | undefined;
  let ask: Ask | undefined;
  const unguarded = new AsyncLocalStorage<true>();
  hre.hooks.registerHandlers("network", {
    newConnection: async (context, next) => {
      const connection = await next(context);
      ask = (method, params = []) => unguarded.run(true, () => request(connection.provider, { method, params }));
      return connection;
    },
    onRequest: async (context, connection, call, next) => {
      if (!guard || unguarded.getStore()) return next(context, connection, call);
      const refusal = guard.refusal(call);
      if (refusal) return { jsonrpc: "2.0", id: call.id, error: { code: METHOD_NOT_SUPPORTED, message: refusal } };
      try {
        return await next(context, connection, call);
      } finally {
        await guard.beforeAnswer();
      }
    },
  });
  const server = await hre.network.createServer({ network: "local" }, address.host, address.port);
  if (!ask) throw new Error("Hardhat made a server without a connection");
  return { ask, server, guard: (given) => (guard = given) };
}

function config({ chainId, genesisS, blockEveryMs }: ChainMade): HardhatUserConfig {
  return {
    networks: {
      local: {
        type: "edr-simulated",
        chainType: "l1",
        chainId,
        hardfork: "prague",
        allowBlocksWithSameTimestamp: true,
        throwOnTransactionFailures: false,
        initialDate: new Date(genesisS * 1000),
        mining: { auto: blockEveryMs === 0, interval: blockEveryMs, mempool: { order: "fifo" } },
      },
    },
  };
}

async function request<Answer>(
  provider: { request(call: RequestArguments): Promise<unknown> },
  call: RequestArguments,
): Promise<Answer> {
  return (await provider.request(call)) as Answer;
}

/** Hardhat's server dies of a taken port by an unhandled event, so look first. Port 0 is always free. */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  const probe = createServer().listen(port, host);
  try {
    await once(probe, "listening");
  } catch (error) {
    throw new Error(`port ${port} on ${host} is taken; stop what listens there or choose another port`, {
      cause: error,
    });
  }
  probe.close();
  await once(probe, "close");
}
