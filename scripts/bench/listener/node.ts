/**
 * A node that answers from the files of a prepared chain, in a process of its own and without making anything anew, so
 * that it is not what a bench measures: `node.ts FOLDER` prints its URL as a line of JSON.
 */
import { openSync, readFileSync, readSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

type Entry = [logs: number, count: number, block: number, full: number];
type Call = { id: unknown; method: string; params: unknown[] };

/** More logs are refused, as providers do. */
const MOST_LOGS = 10_000;

const [folder = "."] = process.argv.slice(2);
const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as Entry[];
const head = index.length - 2;
const open = (name: string): number => openSync(join(folder, name), "r");
const files = { logs: open("logs.json"), blocks: open("blocks.json"), full: open("full.json") };

function slice(file: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  readSync(file, bytes, 0, bytes.length, from);
  return bytes;
}

const entry = (height: number): Entry => index[height] ?? [0, 0, 0, 0];
const heightOf = (name: unknown): number =>
  name === "latest" || name === "finalized" || name === "safe" ? head : Number(name);

function blockAt(name: unknown, whole: unknown): Buffer {
  const height = heightOf(name);
  if (!(height >= 0 && height <= head)) return Buffer.from("null");
  const [, , light, full] = entry(height);
  const [, , nextLight, nextFull] = entry(height + 1);
  return whole === true ? slice(files.full, full, nextFull) : slice(files.blocks, light, nextLight);
}

type Filter = { fromBlock: string; toBlock: string; topics?: (string | string[] | null)[] };

function logsOf({ fromBlock, toBlock, topics: [wanted] = [] }: Filter): Buffer[] | undefined {
  const [from, to] = [heightOf(fromBlock), Math.min(head, heightOf(toBlock))];
  let count = 0;
  for (let height = from; height <= to; height += 1) count += entry(height)[1];
  if (count > MOST_LOGS) return undefined;
  const bytes = from > to ? Buffer.alloc(0) : slice(files.logs, entry(from)[0], entry(to + 1)[0]);
  const parts = wanted ? withSelector(bytes, [wanted].flat()) : [bytes];
  const all = Buffer.concat(parts);
  return [Buffer.from("["), all.subarray(0, Math.max(0, all.length - 1)), Buffer.from("]")];
}

/** Logs begin alike, and so their first topics are all at the same place. */
const BEGIN = '{"address":"0x';
const SELECTOR_AT = BEGIN.length + 40 + '","topics":["'.length;

function withSelector(logs: Buffer, selectors: readonly string[]): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < logs.length; ) {
    const end = logs.indexOf(`,${BEGIN}`, at);
    const next = end === -1 ? logs.length : end + 1;
    const selector = logs.toString("latin1", at + SELECTOR_AT, at + SELECTOR_AT + 66);
    if (selectors.includes(selector)) found.push(logs.subarray(at, next));
    at = next;
  }
  return found;
}

const TOO_MANY = `"error":{"code":-32005,"message":"query returned more than ${MOST_LOGS} results"}`;

function answer({ id, method, params }: Call): Buffer[] {
  const start = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`;
  const result = (...parts: Buffer[]): Buffer[] => [Buffer.from(`${start}"result":`), ...parts, Buffer.from("}")];
  switch (method) {
    case "eth_chainId":
      return result(Buffer.from('"0x7a69"'));
    case "eth_blockNumber":
      return result(Buffer.from(`"0x${head.toString(16)}"`));
    case "eth_getBlockByNumber":
      return result(blockAt(params[0], params[1]));
    case "eth_getLogs": {
      const logs = logsOf(params[0] as Filter);
      return logs ? result(...logs) : [Buffer.from(`${start}${TOO_MANY}}`)];
    }
    default:
      return [Buffer.from(`${start}"error":{"code":-32601,"message":"no ${method} here"}}`)];
  }
}

const COMMA = Buffer.from(",");
const server = createServer(async (request, response) => {
  // The listener tries whether a node takes a websocket, too.
  if (request.method !== "POST") return void response.writeHead(405).end();
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = JSON.parse(Buffer.concat(parts).toString()) as Call | Call[];
  const answers = Array.isArray(body)
    ? [
        Buffer.from("["),
        ...body.flatMap((call, at) => (at > 0 ? [COMMA, ...answer(call)] : answer(call))),
        Buffer.from("]"),
      ]
    : answer(body);
  const bytes = Buffer.concat(answers);
  response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(
    JSON.stringify({ ready: true, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` }),
  );
});
