import { type Hex, numberToHex } from "viem";
import type { Attempt, OpenTransaction } from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { blockCall, type Receipt, receiptCall, toBlock, toReceipt, whole } from "../rpc/read.ts";

/** What a node says of one of our transactions. */
export interface Sighting {
  readonly row: OpenTransaction;
  /** Of whichever of its attempts is in a block. */
  readonly receipt: Receipt | undefined;
  /** Whether the node has the newest attempt, mined or waiting. */
  readonly known: boolean;
  /** How many nonces of ours are used in what is final. */
  readonly usedFinally: number;
}

/** The one that is told again: a node takes none cheaper once it has it. */
export function newestOf({ id, attempts }: OpenTransaction): Attempt {
  const newest = attempts.at(-1);
  if (newest === undefined) throw new Error(`transaction ${id} has no attempt`);
  return newest;
}

/** The newest block that is final: height -1 where none is, no hash where it is not remembered. */
export interface FinalBlock {
  readonly height: number;
  readonly hash: Hex | undefined;
}

/**
 * Everything of one node: what two nodes say together may never have been true.
 * @throws RpcError behind from a node on a branch that was left: what is final there is not final here
 */
export async function sightings(
  ask: Ask,
  sender: string,
  rows: readonly OpenTransaction[],
  final: FinalBlock,
): Promise<Sighting[]> {
  const hashes = rows.flatMap(({ attempts }) => attempts.map(({ hash }) => hash));
  const [count, block, ...answers] = await ask([
    { method: "eth_getTransactionCount", params: [sender, final.height < 0 ? "earliest" : numberToHex(final.height)] },
    blockCall(Math.max(0, final.height)),
    ...hashes.map(receiptCall),
  ]);
  const { hash: theirs } = toBlock(block, Math.max(0, final.height));
  if (final.hash !== undefined && theirs !== final.hash)
    throw new RpcError("behind", `the node has ${theirs} where ${final.hash} is final`);
  const receipts = new Map<Hex, Receipt>();
  for (const [at, hash] of hashes.entries()) {
    const receipt = toReceipt(answers[at], hash);
    if (receipt) receipts.set(hash, receipt);
  }
  const receiptOf = ({ attempts }: OpenTransaction) => attempts.flatMap(({ hash }) => receipts.get(hash) ?? []).at(0);
  const without = rows.filter((row) => receiptOf(row) === undefined);
  const found = await ask(without.map((row) => ({ method: "eth_getTransactionByHash", params: [newestOf(row).hash] })));
  const unknown = new Set(without.filter((_, at) => found[at] === null));
  const usedFinally = whole(count);
  return rows.map((row) => ({ row, receipt: receiptOf(row), known: !unknown.has(row), usedFinally }));
}
