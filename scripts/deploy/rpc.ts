import { setTimeout as delay } from "node:timers/promises";

/** Asks a node. The answer is its own JSON, typed by whoever asked. */
export type Ask = <Answer>(method: string, params?: readonly unknown[]) => Promise<Answer>;

/** The node understood the question and refused it; `message` is its own. */
export class NodeRefused extends Error {
  override readonly name = "NodeRefused";
}

const TRIES = 4;
const TIMEOUT_MS = 30_000;
/** Answers of a gateway that means "later", whatever else it says. */
const BUSY = [429, 502, 503, 504];

/**
 * JSON-RPC over HTTP. What may pass by itself (no connection, HTTP 429 or 5xx, no JSON) is asked up to four times; a
 * transaction is safe to send twice, for it has one hash.
 * @throws NodeRefused with what the node said
 * @throws when no answer comes; the sentence names the host only, since a URL often carries a secret
 */
export function rpc(url: string, tries = TRIES): Ask {
  const host = hostOf(url);
  let id = 0;
  return async <Answer>(method: string, params: readonly unknown[] = []) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params });
    let failure = "";
    for (let round = 0; round < tries; round++) {
      if (round > 0) await delay(250 * 4 ** (round - 1));
      const said = await post(url, body).catch((error: unknown) => whyOf(error));
      if (typeof said === "string") failure = said;
      else if (said.error) throw new NodeRefused(said.error.message ?? `error ${said.error.code}`);
      else return said.result as Answer;
    }
    throw new Error(`The node at ${host} does not answer (${failure}). Is --rpc right, and does the node run?`);
  };
}

/** e.g. `https://mainnet.example`: what of a node's URL may be shown. */
export function hostOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new Error("--rpc must be an http:// or https:// URL");
  return parsed.origin;
}

type Said = { result?: unknown; error?: { code?: number; message?: string } };

async function post(url: string, body: string): Promise<Said | string> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  if (BUSY.includes(answer.status)) return `HTTP ${answer.status}`;
  const said = jsonOf(text);
  if (said) return said;
  return answer.ok ? "its answer is no JSON-RPC" : `HTTP ${answer.status}`;
}

function jsonOf(text: string): Said | undefined {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null && ("result" in said || "error" in said)
      ? (said as Said)
      : undefined;
  } catch {
    return undefined;
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause && typeof cause === "object" && "code" in cause) return String(cause.code);
  return error.name === "TimeoutError" ? `nothing for ${TIMEOUT_MS / 1000} s` : error.message;
}
