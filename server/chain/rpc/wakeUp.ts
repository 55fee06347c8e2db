/** Pauses between attempts to connect, in milliseconds; doubling from the first to the second. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const SUBSCRIBE = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] });

/**
 * Where to listen for new blocks: the `ws:` URLs among those of the configuration, and every node of this machine, for
 * local nodes serve both protocols on one port.
 */
export const wakeUpUrls = (urls: readonly string[]): string[] =>
  urls.flatMap((url) => {
    const { protocol, hostname } = new URL(url);
    if (protocol === "ws:" || protocol === "wss:") return [url];
    return ["127.0.0.1", "localhost", "[::1]"].includes(hostname) ? [url.replace(/^http/, "ws")] : [];
  });

/**
 * Calls `onHead` whenever a node tells of a new block. Nothing but a hint: what it says is not looked at, and without
 * it the chain is polled all the same.
 * @returns stops it
 */
export function wakeOnHeads(url: string, onHead: () => void): () => void {
  let stopped = false;
  let pauseMs = FIRST_PAUSE_MS;
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = (): void => {
    const opened = new WebSocket(url);
    socket = opened;
    opened.addEventListener("open", () => opened.send(SUBSCRIBE));
    opened.addEventListener("message", ({ data }) => {
      pauseMs = FIRST_PAUSE_MS;
      if (typeof data === "string" && data.includes("eth_subscription")) onHead();
    });
    opened.addEventListener("error", () => opened.close());
    opened.addEventListener("close", () => {
      if (stopped) return;
      timer = setTimeout(connect, pauseMs * (0.5 + Math.random() / 2));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    });
  };
  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    socket?.close();
  };
}
