import { type Address, type Hex, numberToHex } from "viem";
import type { Ask, Call } from "./endpoint.ts";
import { RpcError } from "./errors.ts";

/** A block's head. */
export interface Block {
  readonly height: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestampS: number;
  readonly logsBloom: Hex;
}

/** A log as a node gives it. */
export interface RawLog {
  readonly address: Address;
  readonly blockHash: Hex;
  readonly height: number;
  readonly logIndex: number;
  readonly txHash: Hex;
  readonly topics: Hex[];
  readonly data: Hex;
}

export interface Receipt {
  readonly txHash: Hex;
  readonly blockHash: Hex;
  readonly height: number;
  readonly reverted: boolean;
  readonly gasUsed: bigint;
}

/** Which logs: of one contract in a span of blocks, both ends included. */
export interface LogSpan {
  readonly address: Address;
  readonly from: number;
  readonly to: number;
  readonly topics?: readonly (Hex | readonly Hex[] | null)[];
}

/** A name of a block, or its height. */
export type BlockName = "latest" | "finalized" | number;

export const blockCall = (name: BlockName): Call => ({
  method: "eth_getBlockByNumber",
  params: [typeof name === "number" ? numberToHex(name) : name, false],
});

export const logsCall = ({ address, from, to, topics }: LogSpan): Call => ({
  method: "eth_getLogs",
  params: [{ address, fromBlock: numberToHex(from), toBlock: numberToHex(to), ...(topics ? { topics } : {}) }],
});

export const receiptCall = (hash: Hex): Call => ({ method: "eth_getTransactionReceipt", params: [hash] });

/**
 * The blocks of these names, in one request.
 * @throws RpcError behind when the node has not got one of them
 */
export async function blocksAt(ask: Ask, names: readonly BlockName[]): Promise<Block[]> {
  const answers = await ask(names.map(blockCall));
  return answers.map((answer, at) => toBlock(answer, names[at]));
}

/** Reads the block that was asked for. Throws `behind` for null, for the node may only not have it yet. */
export function toBlock(answer: unknown, name?: BlockName): Block {
  if (answer === null) throw new RpcError("behind", "the node does not have a block that it should");
  const { number, hash, parentHash, timestamp, logsBloom } = object(answer);
  const height = whole(number);
  if (typeof name === "number" && height !== name)
    throw new RpcError("bad_answer", `asked for block ${name}, was given ${height}`);
  return {
    height,
    hash: hash32(hash),
    parentHash: hash32(parentHash),
    timestampS: whole(timestamp),
    logsBloom: bloom(logsBloom),
  };
}

/** Reads logs and refuses what was not asked for: another contract's, outside of the span, removed, or twice. */
export function toLogs(answer: unknown, span: LogSpan): RawLog[] {
  if (!Array.isArray(answer)) throw new RpcError("bad_answer", "logs are no list");
  const logs = answer.map(toLog).sort((a, b) => a.height - b.height || a.logIndex - b.logIndex);
  const contract = span.address.toLowerCase();
  for (const [at, log] of logs.entries()) {
    const before = logs[at - 1];
    if (log.address !== contract) throw new RpcError("bad_answer", `a log of ${log.address}`);
    if (log.height < span.from || log.height > span.to)
      throw new RpcError("bad_answer", `a log of block ${log.height}, outside of ${span.from} to ${span.to}`);
    if (before?.height === log.height && before.logIndex === log.logIndex)
      throw new RpcError("bad_answer", `log ${log.logIndex} of block ${log.height} twice`);
  }
  return logs;
}

function toLog(entry: unknown): RawLog {
  const { address, blockHash, blockNumber, logIndex, transactionHash, topics, data, removed } = object(entry);
  if (removed === true) throw new RpcError("bad_answer", "a removed log");
  if (!Array.isArray(topics)) throw new RpcError("bad_answer", "a log without topics");
  return {
    address: hex(address),
    blockHash: hash32(blockHash),
    height: whole(blockNumber),
    logIndex: whole(logIndex),
    txHash: hash32(transactionHash),
    topics: topics.map(hash32),
    data: hex(data),
  };
}

/** Reads a receipt; undefined while there is none. */
export function toReceipt(answer: unknown, txHash: Hex): Receipt | undefined {
  if (answer === null) return undefined;
  const receipt = object(answer);
  if (receipt.transactionHash !== txHash) throw new RpcError("bad_answer", "a receipt of another transaction");
  return {
    txHash,
    blockHash: hash32(receipt.blockHash),
    height: whole(receipt.blockNumber),
    reverted: receipt.status === "0x0",
    gasUsed: BigInt(hex(receipt.gasUsed)),
  };
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new RpcError("bad_answer", "not an object");
  return value as Record<string, unknown>;
}

/** Hex of any length, as the node gave it but in lower case. */
export function hex(value: unknown): Hex {
  if (typeof value === "string") {
    if (LOWER_HEX.test(value)) return value as Hex;
    if (HEX.test(value)) return value.toLowerCase() as Hex;
  }
  throw new RpcError("bad_answer", `${String(value)} is no hex`);
}

const LOWER_HEX = /^0x[0-9a-f]*$/;
const HEX = /^0x[0-9a-fA-F]*$/;
/** Characters of 32 bytes. */
const HASH_LENGTH = 66;

function hash32(value: unknown): Hex {
  const text = hex(value);
  if (text.length !== HASH_LENGTH) throw new RpcError("bad_answer", `${text} is no hash`);
  return text;
}

/** Characters of 2,048 bits. */
const BLOOM_LENGTH = 514;

/** A filter that is too short would say of every log that it is not there. */
function bloom(value: unknown): Hex {
  const text = hex(value);
  if (text.length !== BLOOM_LENGTH) throw new RpcError("bad_answer", `a bloom filter of ${text.length - 2} digits`);
  return text;
}

/** A quantity that fits a number, such as a height. */
export function whole(value: unknown): number {
  const number = Number(hex(value));
  if (!Number.isSafeInteger(number)) throw new RpcError("bad_answer", `${String(value)} is no quantity`);
  return number;
}
