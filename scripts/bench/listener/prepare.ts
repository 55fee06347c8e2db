import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type Hex, keccak256, numberToHex, padHex, stringToHex, toHex } from "viem";
import { termsToJson } from "../../../server/protocol/terms.ts";
import { randomOf } from "../../support/random.ts";
import { bloomOf, type Content, contentOf } from "./encode.ts";
import { ESCROW } from "./place.ts";
import { type Deed, lifeOf } from "./story.ts";

/** How events lie on a chain. dense: some in every block. sparse: one in ten blocks. */
export type Shape = "dense" | "sparse";

/** A chain to be made. */
export interface ChainPlan {
  readonly shape: Shape;
  readonly events: number;
  /** Events of a block of a dense chain. */
  readonly perBlock: number;
  /** Whether blocks with whole transactions are written, too. */
  readonly withFull: boolean;
}

/** A chain in files, from which a node answers. */
export interface Prepared {
  readonly folder: string;
  readonly shape: Shape;
  readonly events: number;
  readonly orders: number;
  /** The newest block; the first is 0. */
  readonly head: number;
  readonly genesisHash: Hex;
  /** Events of a block that has any, on average. */
  readonly eventsPerBlock: number;
}

/** Blocks without events at the end, so that all of them become final. */
const TAIL = 64;
const SPACING_S = 12;
const GENESIS_S = 1_760_000_000;
const MINER = `0x${"00".repeat(20)}`;
const NOTHING = `0x${"00".repeat(32)}` as const;

/** How many blocks have how many events. */
function measures({ shape, events, perBlock }: ChainPlan): { blocks: number; perBlock: number } {
  if (shape === "sparse") return { blocks: events * 10, perBlock: 0.1 };
  return { blocks: Math.ceil(events / perBlock), perBlock };
}

/**
 * Writes a chain of events of orders, the same for the same numbers: `logs.json` and `blocks.json` in the
 * order of the chain, `full.json` (blocks with whole transactions) where wanted, `orders.jsonl`, and `index.json` with
 * where each block begins. Hashes are of the parent's and the content, so that they link as real ones do.
 */
export async function prepare(folder: string, plan: ChainPlan): Promise<Prepared> {
  const { shape, events, withFull } = plan;
  mkdirSync(folder, { recursive: true });
  const files = new Files(folder, withFull);
  const random = randomOf(events);
  const { blocks, perBlock } = measures(plan);
  const due = new Map<number, Deed[]>();
  let [orders, written, parent] = [0, 0, NOTHING as Hex];
  let genesisHash: Hex = NOTHING;
  for (let height = 0; height <= blocks + TAIL; height += 1) {
    const blockS = GENESIS_S + height * SPACING_S;
    const room = Math.min(events - written, height === 0 ? 0 : share(height, perBlock));
    const deeds = (due.get(height) ?? []).slice(0, room);
    const late = (due.get(height) ?? []).slice(room);
    due.delete(height);
    if (late.length > 0) due.set(height + 1, [...late, ...(due.get(height + 1) ?? [])]);
    while (deeds.length < room) {
      const life = lifeOf(orders, random, blockS);
      orders += 1;
      files.order({ terms: termsToJson(life.terms), terms_hash: life.id });
      let at = height;
      for (const { deed, after } of life.deeds) {
        at += after;
        if (at === height) deeds.push(deed);
        else due.set(at, [...(due.get(at) ?? []), deed]);
      }
    }
    const block = blockOf(height, parent, blockS, deeds);
    files.block(block);
    written += deeds.length;
    parent = block.hash;
    if (height === 0) genesisHash = block.hash;
    await files.drained();
  }
  await files.close();
  const head = blocks + TAIL;
  return { folder, shape, events: written, orders, head, genesisHash, eventsPerBlock: Math.max(1, perBlock) };
}

/** How many events block `height` has: as many as bring the sum to the mean. */
const share = (height: number, perBlock: number): number =>
  Math.floor(height * perBlock + 1e-9) - Math.floor((height - 1) * perBlock + 1e-9);

interface Block {
  readonly height: number;
  readonly hash: Hex;
  readonly light: string;
  readonly full: string;
  readonly logs: readonly string[];
}

function blockOf(height: number, parentHash: Hex, blockS: number, deeds: readonly Deed[]): Block {
  const contents = deeds.map((deed) => contentOf(deed, blockS));
  const body = contents.map(({ topics, data }) => `${topics.join()}${data}`).join();
  const hash = keccak256(stringToHex(`${parentHash}${height}:${body}`));
  const number = numberToHex(height);
  const transactions = contents.map((_, at) => transactionHash(hash, at));
  const head = JSON.stringify({
    ...{ number, hash, parentHash, timestamp: numberToHex(blockS), logsBloom: bloomOf(contents), miner: MINER },
    ...{ stateRoot: NOTHING, transactionsRoot: NOTHING, receiptsRoot: NOTHING, sha3Uncles: NOTHING, mixHash: NOTHING },
    ...{ nonce: "0x0000000000000000", difficulty: "0x0", totalDifficulty: "0x0", extraData: "0x", size: "0x400" },
    ...{ gasLimit: "0x3938700", gasUsed: "0x0", baseFeePerGas: "0x7", uncles: [] },
  }).slice(0, -1);
  const whole = transactions.map((own, at) => transactionOf(own, hash, number, at));
  return {
    ...{ height, hash, light: `${head},"transactions":${JSON.stringify(transactions)}}` },
    full: `${head},"transactions":[${whole.join()}]}`,
    logs: contents.map((content, at) => logOf(content, hash, number, transactions[at] ?? NOTHING, at)),
  };
}

/** Distinct, and cheaper than a hash: nobody computes it again. */
const transactionHash = (blockHash: Hex, at: number): Hex =>
  `0x${blockHash.slice(2, 58)}${toHex(at, { size: 4 }).slice(2)}`;

const logOf = ({ topics, data }: Content, blockHash: Hex, blockNumber: Hex, transaction: Hex, at: number): string =>
  JSON.stringify({
    ...{ address: ESCROW.toLowerCase(), topics, data, blockHash, blockNumber, transactionHash: transaction },
    ...{ transactionIndex: numberToHex(at), logIndex: numberToHex(at), removed: false },
  });

const transactionOf = (hash: Hex, blockHash: Hex, blockNumber: Hex, at: number): string =>
  JSON.stringify({
    ...{ hash, blockHash, blockNumber, transactionIndex: numberToHex(at), from: padHex("0xbe", { size: 20 }) },
    ...{ to: ESCROW.toLowerCase(), input: "0x", value: "0x0", nonce: numberToHex(at), gas: "0x30d40", type: "0x2" },
    ...{ gasPrice: "0x7", maxFeePerGas: "0x7", maxPriorityFeePerGas: "0x0", accessList: [], chainId: "0x7a69" },
    ...{ r: NOTHING, s: NOTHING, v: "0x0", yParity: "0x0" },
  });

/** The files of a chain being written, and where each block begins in them. */
class Files {
  readonly #streams: Record<"logs" | "blocks" | "full" | "orders", WriteStream>;
  readonly #folder: string;
  readonly #withFull: boolean;
  /** Of each block: where its logs begin and how many they are, where it begins, and where it does in full. */
  readonly #index: [logs: number, count: number, block: number, full: number][] = [];
  #at = { logs: 0, block: 0, full: 0 };

  constructor(folder: string, withFull: boolean) {
    const open = (name: string): WriteStream => createWriteStream(join(folder, name));
    this.#folder = folder;
    this.#withFull = withFull;
    this.#streams = {
      ...{ logs: open("logs.json"), blocks: open("blocks.json") },
      ...{ full: open("full.json"), orders: open("orders.jsonl") },
    };
  }

  order(order: unknown): void {
    this.#streams.orders.write(`${JSON.stringify(order)}\n`);
  }

  block({ light, full, logs }: Block): void {
    this.#index.push([this.#at.logs, logs.length, this.#at.block, this.#at.full]);
    const text = logs.map((log) => `${log},`).join("");
    this.#streams.logs.write(text);
    this.#streams.blocks.write(light);
    if (this.#withFull) this.#streams.full.write(full);
    // All of it is ASCII, a byte a character.
    const { at } = { at: this.#at };
    this.#at = {
      logs: at.logs + text.length,
      block: at.block + light.length,
      full: at.full + (this.#withFull ? full.length : 0),
    };
  }

  async drained(): Promise<void> {
    for (const stream of Object.values(this.#streams)) if (stream.writableNeedDrain) await once(stream, "drain");
  }

  async close(): Promise<void> {
    this.#index.push([this.#at.logs, 0, this.#at.block, this.#at.full]);
    writeFileSync(join(this.#folder, "index.json"), JSON.stringify(this.#index));
    const streams = Object.values(this.#streams);
    for (const stream of streams) stream.end();
    await Promise.all(streams.map((stream) => finished(stream)));
  }
}
