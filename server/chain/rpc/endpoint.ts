import { fromJsonRpc, fromStatus, RpcError } from "./errors.ts";

/** One JSON-RPC call. */
export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Asks one node, all calls in one request; the answers come in the order of the calls. */
export type Ask = (calls: readonly Call[]) => Promise<unknown[]>;

/** Like `Ask`, but a call that the node refuses has its error in its place and fails no other. */
export type AskEach = (calls: readonly Call[]) => Promise<(unknown | RpcError)[]>;

/** Most bytes of one answer; more is asked for in smaller parts. */
const MOST_BYTES = 10 * 2 ** 20;
/** Most calls of one request. */
const MOST_CALLS = 50;

/**
 * Makes a way to ask the node at `url`.
 * @param stopped ends requests that are on their way
 * @param timeoutMs for one request, from the first byte sent to the last received, in milliseconds
 */
export function createEndpoint(url: string, stopped: AbortSignal, timeoutMs: number): AskEach {
  return async (calls) => {
    const parts = [];
    for (let at = 0; at < calls.length; at += MOST_CALLS) parts.push(calls.slice(at, at + MOST_CALLS));
    return (await Promise.all(parts.map((part) => askOnce(url, part, stopped, timeoutMs)))).flat();
  };
}

async function askOnce(
  url: string,
  calls: readonly Call[],
  stopped: AbortSignal,
  timeoutMs: number,
): Promise<unknown[]> {
  const [first, ...more] = calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }));
  const { status, retryAfter, body } = await post(
    url,
    more.length === 0 ? first : [first, ...more],
    stopped,
    timeoutMs,
  );
  if (status === 413 || status === 429) throw fromStatus(status, url, retryAfter);
  const answers = inOrder(parse(body), calls.length);
  if (answers === undefined) {
    if (status !== 200) throw fromStatus(status, url, retryAfter);
    throw new RpcError(
      "bad_answer",
      `${url} gave no JSON-RPC answer to ${calls.map((call) => call.method).join(", ")}`,
    );
  }
  return answers;
}

async function post(url: string, body: unknown, stopped: AbortSignal, timeoutMs: number) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
    });
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, retryAfter, body: await boundedText(response) };
  } catch (error) {
    if (error instanceof RpcError) throw error;
    throw new RpcError("unreachable", `${url} did not answer: ${String(error)}`, { cause: error });
  }
}

/** Reads the body while it is not too long, so that an endless one costs no memory. */
async function boundedText(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new RpcError("too_large", `the answer has more than ${MOST_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Asks as `each` does, and throws the first error among the answers. */
export const allOf =
  (each: AskEach): Ask =>
  async (calls) => {
    const answers = await each(calls);
    const failed = answers.find((answer) => answer instanceof RpcError);
    if (failed !== undefined) throw failed;
    return answers;
  };

/**
 * Results and errors by the calls' ids; undefined when these are no answers to our calls. An error without an id is
 * about the whole request, and thrown.
 */
function inOrder(body: unknown, count: number): unknown[] | undefined {
  const list: unknown[] = Array.isArray(body) ? body : [body];
  const results = new Array<unknown>(count);
  const answered = new Set<number>();
  for (const entry of list) {
    if (typeof entry !== "object" || entry === null) return undefined;
    const { id, result, error } = entry as { id?: unknown; result?: unknown; error?: unknown };
    const refusal = typeof error === "object" && error !== null ? fromJsonRpc(error) : undefined;
    if (typeof id !== "number" || id < 0 || id >= count) {
      if (refusal) throw refusal;
      return undefined;
    }
    if (refusal === undefined && result === undefined) return undefined;
    results[id] = refusal ?? result;
    answered.add(id);
  }
  return answered.size === count ? results : undefined;
}
