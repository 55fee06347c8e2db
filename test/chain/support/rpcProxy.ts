import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { keccak256, toHex } from "viem";

/** One JSON-RPC call as it came. */
export interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: unknown[];
}

/** What a node answers to one call. */
export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: { code: number; message: string; data?: unknown } };

/** Changes what the node says. `ask` is the true node. */
export type Lie = (call: RpcCall, ask: (call: RpcCall) => Promise<RpcAnswer>) => Promise<RpcAnswer> | RpcAnswer;

/** What a whole HTTP answer may be instead. */
export type HttpLie = (calls: readonly RpcCall[], response: ServerResponse) => boolean;

/** A node between the house and a true one, over real HTTP, that can be made to lie, to fail and to fall silent. */
export interface RpcProxy {
  readonly url: string;
  /** Every call that came, oldest first. */
  readonly calls: RpcCall[];
  /** How each call is answered from now on; undefined: truly. */
  lie(lie: Lie | undefined): void;
  /** Answers the whole request itself when it returns true. */
  http(lie: HttpLie | undefined): void;
  stop(): Promise<void>;
}

/** Starts a proxy before the node at `target`. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const calls: RpcCall[] = [];
  let lie: Lie | undefined;
  let httpLie: HttpLie | undefined;
  const ask = async (call: RpcCall): Promise<RpcAnswer> => {
    const response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", ...call }),
    });
    return (await response.json()) as RpcAnswer;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: unknown = JSON.parse(await text(request));
    const list = (Array.isArray(body) ? body : [body]) as RpcCall[];
    calls.push(...list);
    if (httpLie?.(list, response)) return;
    const told = lie;
    const answers = await Promise.all(
      list.map(async (call) => ({ jsonrpc: "2.0", id: call.id, ...(await (told ? told(call, ask) : ask(call))) })),
    );
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0]));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens nowhere");
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    lie: (given) => {
      lie = given;
    },
    http: (given) => {
      httpLie = given;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

/**
 * A node on another branch: from height `from` on it has `length` blocks of its own, all without logs.
 * @example node.lie(anotherBranch(12, 3))   // 12, 13 and 14 differ from the true node's; 14 is its newest
 */
export function anotherBranch(from: number, length: number): Lie {
  const hashOf = (height: number) => keccak256(toHex(`branch ${from} ${height}`));
  const block = async (height: number, id: number, ask: (call: RpcCall) => Promise<RpcAnswer>) => {
    const parent = await ask({ id, method: "eth_getBlockByNumber", params: [toHex(from - 1), false] });
    const { hash, ...rest } = resultOf(parent) as { hash: string };
    const own = { number: toHex(height), hash: hashOf(height), logsBloom: `0x${"0".repeat(512)}`, transactions: [] };
    return { result: { ...rest, ...own, parentHash: height === from ? hash : hashOf(height - 1) } };
  };
  return async (call, ask) => {
    const [first] = call.params;
    const newest = from + length - 1;
    if (call.method === "eth_getBlockByNumber") {
      const height = first === "latest" ? newest : Number(first);
      if (height > newest) return { result: null };
      return height < from ? ask(call) : block(height, call.id, ask);
    }
    const answer = await ask(call);
    if (call.method !== "eth_getLogs" || "error" in answer) return answer;
    const logs = answer.result as { blockNumber: string }[];
    return { result: logs.filter(({ blockNumber }) => Number(blockNumber) < from) };
  };
}

const resultOf = (answer: RpcAnswer): unknown => ("result" in answer ? answer.result : undefined);

/** A node that has not got further than `height`. */
export function behind(height: number): Lie {
  return (call, ask) => {
    const [first, ...rest] = call.params;
    if (call.method !== "eth_getBlockByNumber") return ask(call);
    if (first === "latest") return ask({ ...call, params: [toHex(height), ...rest] });
    return Number(first) > height ? { result: null } : ask(call);
  };
}
