import type { IncomingMessage } from "node:http";
import { type Problem, problems } from "./problems.ts";

/** Bounds of what a stranger may send. */
export interface BodyBounds {
  /** Bytes. */
  readonly most: number;
  /** How long the whole body may take to arrive, in milliseconds. */
  readonly withinMs: number;
}

/** A body that is no JSON: what kinds of it a door reads, and how much. */
export interface RawBody {
  /** Media types in lower case, without parameters. */
  readonly types: readonly [string, ...string[]];
  /** Bytes. */
  readonly most: number;
}

const MOST_DEPTH = 20;
const MOST_VALUES = 5_000;

/**
 * Reads a request's JSON body.
 * @returns undefined when there is no body
 * @throws unsupported_media_type, body_too_large, request_timeout, body_malformed, unknown_field
 */
export async function readJson(request: IncomingMessage, bounds: BodyBounds): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  refuseOtherKinds(request);
  const bytes = await readBytes(request, bounds);
  if (bytes.length === 0) return undefined;
  const body = parse(bytes);
  refuseMonsters(body);
  return body;
}

/**
 * Reads a request's body as it is.
 * @returns undefined when there is no body
 * @throws unsupported_media_type, body_too_large, request_timeout, body_malformed
 */
export async function readRaw(
  request: IncomingMessage,
  { types, most }: RawBody,
  withinMs: number,
): Promise<Uint8Array | undefined> {
  if (!hasBody(request)) return undefined;
  refuseEncodings(request);
  const [type = "", ...parameters] = (request.headers["content-type"] ?? "").toLowerCase().split(";");
  const inUtf8 = parameters.every((parameter) => /^\s*(charset="?utf-8"?)?\s*$/.test(parameter));
  if (!types.includes(type.trim()) || !inUtf8)
    throw problems.unsupported_media_type(`Send ${types.join(" or ")}; text in UTF-8.`);
  const bytes = await readBytes(request, { most, withinMs });
  return bytes.length === 0 ? undefined : bytes;
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

function refuseOtherKinds(request: IncomingMessage): void {
  refuseEncodings(request);
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(request.headers["content-type"] ?? ""))
    throw problems.unsupported_media_type("Send application/json in UTF-8.");
}

function refuseEncodings({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity")
    throw problems.unsupported_media_type("Send the body as it is, without Content-Encoding.");
}

function readBytes(request: IncomingMessage, { most, withinMs }: BodyBounds): Promise<Buffer> {
  const tooLarge = () => problems.body_too_large(`The body may have ${most} bytes.`, { limit: most });
  if (Number(request.headers["content-length"] ?? 0) > most) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (problem: Problem) => {
      stop();
      request.resume();
      reject(problem);
    };
    const timer = setTimeout(() => fail(problems.request_timeout()), withinMs);
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > most) fail(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      resolve(Buffer.concat(chunks));
    };
    const onBreak = () => fail(problems.body_malformed("The body ended before its end."));
    const stop = () => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onBreak).off("close", onBreak);
      request.on("error", () => undefined);
    };
    request.on("data", onData).on("end", onEnd).on("error", onBreak).on("close", onBreak);
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw problems.body_malformed();
  }
}

/** Bounds depth and number of values, and refuses the one name that means something else to JavaScript. */
function refuseMonsters(body: unknown): void {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > MOST_DEPTH) throw problems.body_malformed(`The body may be ${MOST_DEPTH} levels deep.`);
    if (values > MOST_VALUES) throw problems.body_malformed(`The body may have ${MOST_VALUES} values.`);
    level = level.flatMap(inside);
  }
}

function inside(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (Object.hasOwn(value, "__proto__"))
    throw problems.unknown_field('There is no field "__proto__".', {
      fields: [{ path: "__proto__", message: "is not known" }],
    });
  return Object.values(value);
}
