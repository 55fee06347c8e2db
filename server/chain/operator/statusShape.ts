import type { Hex } from "viem";
import type { WaitingTasks } from "../../core/waitingTasks.ts";
import type { ChainKey, EndedTransaction, OpenTransaction } from "../../modules/chains/index.ts";
import type { Market } from "./fees.ts";

/** A transaction that is in no block. Times are epoch milliseconds, prices wei per gas. */
export interface OpenOne {
  readonly nonce: number;
  readonly hash: Hex;
  readonly state: OpenTransaction["state"];
  readonly since: number;
  readonly attempts: number;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** What the node said of it last, where it did not take it. */
  readonly error: string | null;
  /** Empty: it fills a nonce that nobody used. */
  readonly purposes: readonly string[];
}

/** How the key that sends is, and what it sends. Amounts are wei. */
export interface OperatorStatus extends ChainKey {
  readonly balance: bigint;
  /** How many usual transactions the balance pays for at the cap. */
  readonly paysFor: number;
  readonly market: Market;
  /** Most wei per gas that the house pays. */
  readonly cap: bigint;
  readonly affordable: boolean;
  readonly nonces: {
    /** Used in blocks. */
    readonly used: number;
    /** Used in blocks, or by those that wait in the node's pool. */
    readonly pending: number;
    /** The first that the tables have no transaction with. */
    readonly next: number;
    /** That nobody uses, below one of ours that waits for them. */
    readonly missing: readonly number[];
  };
  readonly open: readonly OpenOne[];
  readonly tasks: readonly WaitingTasks[];
  /** In the last day. */
  readonly ended: readonly EndedTransaction[];
  /** What needs a person, as sentences. */
  readonly problems: readonly string[];
}
