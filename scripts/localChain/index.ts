import { mkdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "viem";
import { LOCAL_CHAIN_ID } from "./chainId.ts";
import { mineEmptyBlocks } from "./emptyBlocks.ts";
import { type Ask, assertPortIsFree, type ChainNode, createNode } from "./node.ts";
import { compacted, RecordMismatch, read, rewrite } from "./record.ts";
import { recorder } from "./recorder.ts";
import { replay } from "./replay.ts";

export type LocalChainOptions = {
  /** 0, the default, takes a free one. */
  port?: number;
  host?: string;
  /** 31337 unless said; another one for a second chain beside the first. */
  chainId?: number;
  /** Time of block 0; now unless said. A record brings its own. */
  initialDate?: Date;
  /** Mine an empty block when none came for so long; never unless said. */
  emptyBlockEveryMs?: number;
  /** Mine a block so often, of whatever came meanwhile; unless said, each transaction has its block at once. */
  blockEveryMs?: number;
  /** File that keeps the chain: restored from it at the start, every block added to it. */
  record?: string;
  /** Throw an existing record away. */
  fresh?: boolean;
  /** Told while a record is restored: blocks done, blocks in all. */
  onProgress?: (done: number, blocks: number) => void;
};

/** A running chain. `restored`: blocks that came from the record. `stop` may be called again. */
export type LocalChain = { url: string; genesisHash: Hex; restored: number; stop(): Promise<void> };

/**
 * Starts a local EVM chain (Hardhat's, the twenty well-known accounts with 10,000 ETH each) behind
 * JSON-RPC over HTTP and WebSocket.
 *
 * With `record`, a chain that was killed goes on where it was: same blocks, same hashes, same state. A recorded chain
 * knows no reorganisation: `evm_revert`, `hardhat_mine` of many blocks and the `hardhat_set…` methods are refused.
 * @throws RecordMismatch when the record cannot be restored; the message names `--fresh`
 * @throws when a record is wanted of blocks that come by time: nobody would wait until they are recorded
 * @example const chain = await startLocalChain({ port: 8545, record: "data/chain.jsonl" })
 */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const { port = 0, host = "127.0.0.1", chainId = LOCAL_CHAIN_ID, initialDate = new Date(), record } = options;
  if (record && options.blockEveryMs) throw new Error("a chain whose blocks come by time cannot be recorded");
  await assertPortIsFree(host, port);
  if (record && options.fresh) rmSync(record, { force: true });
  const kept = record ? read(record, chainId) : undefined;
  const genesisS = kept?.header.genesisS ?? Math.floor(initialDate.getTime() / 1000);
  const node = await createNode({ host, port }, { chainId, genesisS, blockEveryMs: options.blockEveryMs ?? 0 });
  const genesisHash = await genesisOf(node.ask);
  let restored = 0;
  let reachRecord = async () => {};
  if (record) {
    restored = await restore(node, resolve(record), { chainId, genesisHash }, kept, options.onProgress);
    const guard = recorder(node.ask, record, restored);
    node.guard(guard);
    reachRecord = guard.beforeAnswer;
  }
  const { port: listening } = await node.server.listen();
  const mine = async () => {
    await node.ask("evm_mine");
    await reachRecord();
  };
  const stopMining = options.emptyBlockEveryMs ? mineEmptyBlocks(node.ask, mine, options.emptyBlockEveryMs) : undefined;
  const shutDown = async () => {
    await stopMining?.();
    await reachRecord();
    // an open WebSocket would keep the server from closing; it must not keep us
    await Promise.race([node.server.close(), delay(1_000, undefined, { ref: false })]);
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= shutDown();
    return stopping;
  };
  return { url: `http://${host}:${listening}`, genesisHash, restored, stop };
}

/** Brings the node to the record's tip and the record into its shortest form; writes a first record when there is none. */
async function restore(
  node: ChainNode,
  file: string,
  { chainId, genesisHash }: { chainId: number; genesisHash: Hex },
  kept: ReturnType<typeof read>,
  onProgress: LocalChainOptions["onProgress"] = () => {},
): Promise<number> {
  if (kept && kept.header.genesisHash !== genesisHash) {
    throw new RecordMismatch(file, `its genesis is ${kept.header.genesisHash}, this version makes ${genesisHash}`);
  }
  const lines = compacted(kept?.lines ?? []);
  const last = await replay(node.ask, file, lines, onProgress);
  mkdirSync(dirname(file), { recursive: true });
  const { timestamp } = await node.ask<{ timestamp: Hex }>("eth_getBlockByNumber", ["0x0", false]);
  rewrite(file, { format: 1, chainId, genesisS: Number(timestamp), genesisHash }, lines);
  return last;
}

async function genesisOf(ask: Ask): Promise<Hex> {
  return (await ask<{ hash: Hex }>("eth_getBlockByNumber", ["0x0", false])).hash;
}
