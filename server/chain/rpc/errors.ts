import type { Hex } from "viem";

/**
 * unreachable: no usable answer in time. limited: asked too often. too_large: asked for too much at once.
 * bad_answer: an answer that cannot be true. wrong_chain: another chain. behind: the node has not got there yet.
 * forked: the node's chain leaves ours below what is final. disagrees: it says otherwise than another node about what
 * both have. reverted: the contract says no. refused: the node does.
 */
export type RpcFault =
  | "unreachable"
  | "limited"
  | "too_large"
  | "bad_answer"
  | "wrong_chain"
  | "behind"
  | "forked"
  | "disagrees"
  | "reverted"
  | "refused";

/** What went wrong with a node, in the one sense that decides what to do next. */
export class RpcError extends Error {
  readonly fault: RpcFault;
  /** Revert data, where the node gave it. */
  readonly data: Hex | undefined;
  /** How long the node wants to be left alone, in milliseconds; 0 where it did not say. */
  readonly retryAfterMs: number;
  constructor(
    fault: RpcFault,
    message: string,
    options: { data?: Hex | undefined; cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "RpcError";
    this.fault = fault;
    this.data = options.data;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** How nodes and providers say that a range of blocks, or what it holds, is too much; each was seen somewhere. */
const TOO_LARGE = [
  /range (is )?too (large|wide|big)/,
  /(max(imum)?|exceeds?).{0,40}\brange/,
  /range.{0,40}(exceeds?|limit|not supported|should work)/,
  /limited to .{0,24}(range|blocks?)/,
  /at most [\d,]+ blocks|too many blocks|requested blocks/,
  /(more than|max|exceeds?).{0,24}(results|logs)|(results|logs).{0,24}exceeds?|too many (results|logs)/,
  /(response|result|request entity|content) (is )?(too (large|big)|size exceeded)|length limit exceeded/,
  /query timeout exceeded/,
];
const LIMITED = /rate.?limit|too many requests|request(s)? (limit|count|per)|capacity|throttl|quota|credits/;
const BEHIND =
  /header not found|unknown block|block not found|block .{0,24}beyond|missing trie node|state .{0,24}not available/i;

/** Sorts a JSON-RPC error object. */
export function fromJsonRpc(error: { code?: unknown; message?: unknown; data?: unknown }): RpcError {
  const message = typeof error.message === "string" ? error.message : JSON.stringify(error);
  const lower = message.toLowerCase();
  const data = revertData(error.data);
  if (data !== undefined || error.code === 3 || lower.includes("revert"))
    return new RpcError("reverted", message, { data });
  if (TOO_LARGE.some((wording) => wording.test(lower))) return new RpcError("too_large", message);
  if (LIMITED.test(lower) || error.code === 429) return new RpcError("limited", message);
  if (BEHIND.test(lower)) return new RpcError("behind", message);
  return new RpcError("refused", message);
}

/** Revert data is the error's data, or lies in an object there. */
function revertData(data: unknown): Hex | undefined {
  if (typeof data === "string") return /^0x[0-9a-f]*$/i.test(data) ? (data as Hex) : undefined;
  if (typeof data !== "object" || data === null || !("data" in data)) return undefined;
  return revertData(data.data);
}

/**
 * Sorts an HTTP status that says more than the body, or came without a JSON-RPC answer.
 * @param retryAfter the header of that name: seconds, or a date
 */
export function fromStatus(status: number, url: string, retryAfter: string | null): RpcError {
  const message = `${url} answered ${status}`;
  if (status === 413) return new RpcError("too_large", message);
  return new RpcError(status === 429 ? "limited" : "unreachable", message, { retryAfterMs: waitOf(retryAfter) });
}

function waitOf(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  const ms = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
