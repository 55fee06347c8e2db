import { type Hex, numberToHex } from "viem";
import type { Attempt, OpenTransaction } from "../../modules/chains/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { type Receipt, receiptCall, toReceipt, whole } from "../rpc/read.ts";

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

/** Everything of one node: what two nodes say together may never have been true. */
export async function sightings(
  ask: Ask,
  sender: string,
  rows: readonly OpenTransaction[],
  finalized: number,
): Promise<Sighting[]> {
  const hashes = rows.flatMap(({ attempts }) => attempts.map(({ hash }) => hash));
  const [count, ...answers] = await ask([
    { method: "eth_getTransactionCount", params: [sender, finalized < 0 ? "earliest" : numberToHex(finalized)] },
    ...hashes.map(receiptCall),
  ]);
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
