import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Draw } from "../draw.ts";
import type { HttpMood } from "./moods.ts";

const JSON_TYPE = { "content-type": "application/json" };
const PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>";

/** Sends an answer as a node in this mood does; `true` bodies are sent as they are by no mood. */
export async function sendIn(
  mood: HttpMood | undefined,
  response: ServerResponse,
  body: () => Promise<string>,
  draw: Draw,
): Promise<void> {
  const full = (status: number, text: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, headers);
    response.end(text);
  };
  switch (mood) {
    case undefined:
      return full(200, await body(), JSON_TYPE);
    case "slow": {
      await pause(draw.whole(20, 250));
      return full(200, await body(), JSON_TYPE);
    }
    case "limited":
      return full(429, "Too Many Requests");
    case "limited_with_hint":
      return full(429, "", { "retry-after": "1" });
    case "unavailable":
      return full(503, "Service Unavailable");
    case "html":
      return full(draw.chance(0.5) ? 200 : 502, PAGE, { "content-type": "text/html" });
    case "nonsense":
      return full(200, draw.of(["{}", "[]", "null", '{"jsonrpc":"2.0"}', '"ok"']), JSON_TYPE);
    case "other_ids":
      return full(200, (await body()).replaceAll(/"id":\d+/g, '"id":9999'), JSON_TYPE);
    case "half_json": {
      const text = await body();
      return full(200, text.slice(0, Math.floor(text.length / 2)), JSON_TYPE);
    }
    case "truncated":
      return truncated(response, await body());
    case "endless":
      return endless(response);
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "silent":
      return;
  }
}

/** Says how long the answer is, and is gone in the middle of it. */
async function truncated(response: ServerResponse, text: string): Promise<void> {
  response.writeHead(200, { ...JSON_TYPE, "content-length": String(text.length) });
  response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.resetAndDestroy());
}

/** Goes on until the other side has enough. */
async function endless(response: ServerResponse): Promise<void> {
  response.writeHead(200, JSON_TYPE);
  response.write('{"jsonrpc":"2.0","id":0,"result":["');
  const chunk = "0".repeat(16_384);
  while (!response.destroyed) {
    response.write(chunk);
    await pause(5);
  }
}
