import { once } from "node:events";
import { createServer, type Server, type Socket, connect as toNode } from "node:net";

/**
 * What a connection suffers, from the moment it is said, on those that are open, too:
 * latency: every byte of an answer comes so many milliseconds late. reset: the connection breaks when a request comes,
 * or after so many bytes of the answer. halfOpen: it stays, and nothing ever comes. truncate: the answer ends early, in
 * order. trickle: a byte at a time, so slowly that it never ends in time. page: somebody else's web page. endless: a body
 * without an end. away: nobody accepts connections.
 */
export type Trouble =
  | { readonly kind: "latency"; readonly ms: number }
  | { readonly kind: "reset"; readonly afterBytes: number }
  | { readonly kind: "halfOpen" }
  | { readonly kind: "truncate"; readonly bytes: number }
  | { readonly kind: "trickle"; readonly everyMs: number }
  | { readonly kind: "page"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: "endless" }
  | { readonly kind: "away" };

/** A TCP proxy before a node, that breaks connections as networks do. */
export interface TcpProxy {
  readonly url: string;
  /** Connections that were accepted so far. */
  connections(): number;
  /** Requests that came so far; a request is what comes after an answer. */
  requests(): number;
  /** From now on; undefined: none. What was silent stays so. */
  trouble(trouble: Trouble | undefined): Promise<void>;
  /** Puts another node behind the same address; connections to the one before it break. */
  target(url: string): void;
  stop(): Promise<void>;
}

/** Starts a proxy before the node at `url`. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  let target = new URL(url);
  let trouble: Trouble | undefined;
  let [connections, requests] = [0, 0];
  const pairs = new Set<[Socket, Socket]>();

  const accept = (client: Socket): void => {
    connections += 1;
    const node = toNode(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [client, node];
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        for (const both of pair) if (both !== socket) both.destroySoon();
      });
    }
    let answering = true;
    client.on("data", (bytes) => {
      if (answering) requests += 1;
      answering = false;
      if (suffersRequest(client, trouble)) return;
      node.write(bytes);
    });
    node.on("data", (bytes) => {
      answering = true;
      passOn(client, bytes, trouble);
    });
  };

  const listen = async (port: number): Promise<Server> => {
    const server = createServer(accept);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const closed = async (server: Server): Promise<void> => {
    for (const [client] of pairs) client.resetAndDestroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };

  let server = await listen(0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens nowhere");
  const { port } = address;
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    requests: () => requests,
    trouble: async (given) => {
      trouble = given;
      if (given?.kind === "away") await closed(server);
      else if (!server.listening) server = await listen(port);
    },
    target: (other) => {
      target = new URL(other);
      for (const [client] of pairs) client.resetAndDestroy();
    },
    stop: () => closed(server),
  };
}

/** Whether the request goes no further. */
function suffersRequest(client: Socket, trouble: Trouble | undefined): boolean {
  switch (trouble?.kind) {
    case "halfOpen":
      return true;
    case "reset":
      if (trouble.afterBytes > 0) return false;
      client.resetAndDestroy();
      return true;
    case "page":
      client.end(page(trouble));
      return true;
    case "endless":
      pour(client);
      return true;
    default:
      return false;
  }
}

function passOn(client: Socket, bytes: Buffer, trouble: Trouble | undefined): void {
  switch (trouble?.kind) {
    case "latency":
      setTimeout(() => client.write(bytes), trouble.ms);
      return;
    case "reset":
      client.write(bytes.subarray(0, trouble.afterBytes), () => client.resetAndDestroy());
      return;
    case "truncate":
      client.end(bytes.subarray(0, trouble.bytes));
      return;
    case "trickle":
      trickle(client, bytes, trouble.everyMs);
      return;
    case "halfOpen":
      return;
    default:
      client.write(bytes);
  }
}

function page({ status, headers = {} }: Trouble & { kind: "page" }): string {
  const body = "<html><body><h1>We are doing some maintenance</h1></body></html>";
  const lines = Object.entries({ "content-type": "text/html", "content-length": body.length, ...headers });
  return `HTTP/1.1 ${status} Whatever\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

function trickle(client: Socket, bytes: Buffer, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (client.destroyed || at === bytes.length) clearInterval(timer);
    else client.write(bytes.subarray(at, ++at));
  }, everyMs);
}

function pour(client: Socket): void {
  const chunk = "x".repeat(65_536);
  const more = (): void => {
    while (!client.destroyed && client.write(chunk));
    if (!client.destroyed) client.once("drain", more);
  };
  client.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"jsonrpc":"2.0","id":0,"result":"');
  more();
}
