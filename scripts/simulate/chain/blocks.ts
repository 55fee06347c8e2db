import type { Address, Hex } from "viem";

/** A log as a node gives it. */
export type LogJson = Readonly<Record<string, unknown>> & {
  readonly address: Address;
  readonly blockHash: Hex;
  readonly blockNumber: Hex;
  readonly logIndex: Hex;
  readonly transactionHash: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
};

/** A receipt as a node gives it. */
export type ReceiptJson = Readonly<Record<string, unknown>> & {
  readonly transactionHash: Hex;
  readonly status: Hex;
  readonly logs: readonly LogJson[];
};

/** A block as a node gives it, with the hashes of its transactions. */
export type BlockJson = Readonly<Record<string, unknown>> & {
  readonly number: Hex;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestamp: Hex;
  readonly transactions: readonly Hex[];
};

/** A transaction that waits for a block: of an account whose key the chain has, or signed elsewhere. */
export interface Waiting {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly value: bigint;
  /** What it is to do, for a person. */
  readonly what: string;
  /** Set where somebody else signed it: only these very bytes may be mined. */
  readonly signed?: { readonly raw: Hex; readonly hash: Hex; readonly nonce: number; readonly feePerGas: bigint };
}

/** A block of the tree. */
export interface Block {
  readonly height: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Chain second. */
  readonly timestampS: number;
  readonly json: BlockJson;
  readonly receipts: readonly ReceiptJson[];
  /** What was put into it. */
  readonly mined: readonly Waiting[];
}

/** Blocks from the first one on, each the next one's parent; its last is its tip. */
export type Branch = readonly Block[];

export const tipOf = (branch: Branch): Block => {
  const tip = branch.at(-1);
  if (!tip) throw new Error("a branch without a block");
  return tip;
};

/** All logs of a block, in their order. */
export const logsOf = ({ receipts }: Block): LogJson[] => receipts.flatMap(({ logs }) => logs);

/** Height of the highest block that both have. */
export function forkHeight(one: Branch, other: Branch): number {
  let height = Math.min(one.length, other.length) - 1;
  while (height > 0 && one[height]?.hash !== other[height]?.hash) height -= 1;
  return height;
}
