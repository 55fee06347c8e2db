import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address, Hex } from "viem";
import { json, time, tokenAmount, whole } from "../../core/db/columns.ts";

/** How far the house has read a chain; one row per chain, and only the holder of the lease moves it. */
@Entity("chain_cursor")
export class ChainCursor {
  @PrimaryColumn({ type: "integer" })
  chainId!: number;
  /** The last block whose logs are in the tables; -1 before block 0. */
  @whole()
  height!: number;
  @Column({ type: "text" })
  hash!: Hex;
  /** Chain second of that block; 0 before the first. */
  @whole()
  timestampS!: number;
  /** Logs up to here have the configured confirmations. */
  @whole()
  confirmedHeight!: number;
  /** Logs up to here are final; falls only when a person rewinds. */
  @whole()
  finalizedHeight!: number;
  /** The lease's epoch at the last move. */
  @whole()
  epoch!: number;
  /** Counts the moves; names each of them in the ledger's journal keys. */
  @whole()
  version!: number;
  /** Why this chain is no longer followed, until a person decides; null while it is. */
  @Column({ type: "text", nullable: true })
  stopped!: string | null;
  /** Of the program that moved it last; see format.ts. */
  @whole()
  format!: number;
}

/** The last blocks, so that a reorganisation's common ancestor can be found. */
@Entity("chain_block")
export class ChainBlock {
  @PrimaryColumn({ type: "integer" })
  chainId!: number;
  @whole({ primary: true })
  height!: number;
  @Column({ type: "text" })
  hash!: Hex;
  @Column({ type: "text" })
  parentHash!: Hex;
  @whole()
  timestampS!: number;
}

/**
 * applied: counts for its order, agreement or account. unmatched: of an order or agreement this house did not issue,
 * counts in the ledger only.
 * quarantined: could not be read. reverted: its block is no longer part of the chain.
 */
export type LogState = "applied" | "unmatched" | "quarantined" | "reverted";

/** A log of the escrow, as the node gave it. */
@Entity("chain_log")
export class ChainLog {
  @PrimaryColumn({ type: "integer" })
  chainId!: number;
  @PrimaryColumn({ type: "text" })
  blockHash!: Hex;
  @PrimaryColumn({ type: "integer" })
  logIndex!: number;
  @whole()
  height!: number;
  @Column({ type: "text" })
  txHash!: Hex;
  @json()
  topics!: Hex[];
  @Column({ type: "text" })
  data!: Hex;
  /** What it decodes to; null when it does not. */
  @Column({ type: "text", nullable: true })
  event!: string | null;
  /** The order it is of, by the chain's id. */
  @Column({ type: "text", nullable: true })
  termsHash!: Hex | null;
  /** The agreement it is of, by the chain's id. */
  @Column({ type: "text", nullable: true })
  agreementId!: Hex | null;
  /** The account it is of, lower case, where it is of no order and no agreement. */
  @Column({ type: "text", nullable: true })
  account!: string | null;
  @Column({ type: "text" })
  state!: LogState;
}

/** Who may write what a chain says. A new holder has a new epoch; time is the database's. */
@Entity("chain_lease")
export class ChainLease {
  @PrimaryColumn({ type: "integer" })
  chainId!: number;
  @Column({ type: "text" })
  holder!: string;
  @whole()
  epoch!: number;
  @time()
  expiresAt!: number;
}

/**
 * prepared: signed and stored. submitted: a node was told. mined: in a block. final: in a finalized block.
 * failed: reverted, in a block or when simulated (then without nonce). superseded: its nonce went to another one.
 */
export type TransactionState = "prepared" | "submitted" | "mined" | "final" | "failed" | "superseded";

/** A transaction of ours: one nonce and one call, stored with a signed attempt before any node hears of it. */
@Entity("chain_transaction")
export class ChainTransaction {
  @PrimaryColumn({ type: "uuid" })
  id!: string;
  @Column({ type: "integer" })
  chainId!: number;
  @Column({ type: "text" })
  sender!: Address;
  /** Null when the simulation already reverted. */
  @whole({ nullable: true })
  nonce!: number | null;
  @Column({ type: "text" })
  to!: Address;
  @Column({ type: "text" })
  data!: Hex;
  /** Of the attempt that is in a block, else of the newest. */
  @Column({ type: "text", nullable: true })
  hash!: Hex | null;
  @Column({ type: "text" })
  state!: TransactionState;
  @tokenAmount()
  gasLimit!: bigint;
  @tokenAmount({ nullable: true })
  gasUsed!: bigint | null;
  @Column({ type: "text", nullable: true })
  blockHash!: Hex | null;
  @whole({ nullable: true })
  height!: number | null;
  /** The contract's error by name, or why it could not be sent last time. */
  @Column({ type: "text", nullable: true })
  error!: string | null;
  @time()
  createdAt!: number;
  @time()
  updatedAt!: number;
}

/**
 * A signed variant of a transaction: the same nonce and the same call, each dearer than the one before. A block takes
 * one of them at most, and that one settles the transaction.
 */
@Entity("chain_attempt")
export class ChainAttempt {
  @PrimaryColumn({ type: "uuid" })
  transactionId!: string;
  /** Counts from 1; no two processes add the same one. */
  @PrimaryColumn({ type: "integer" })
  number!: number;
  @Column({ type: "integer" })
  chainId!: number;
  @Column({ type: "text" })
  hash!: Hex;
  /** Signed and ready to send. */
  @Column({ type: "text" })
  raw!: Hex;
  /** Wei; on a chain without base fee both are the one price. */
  @tokenAmount()
  maxFeePerGas!: bigint;
  @tokenAmount()
  maxPriorityFeePerGas!: bigint;
  @time()
  createdAt!: number;
}

/** Something that a transaction of ours is for; one transaction may serve several. */
@Entity("chain_errand")
export class ChainErrand {
  @PrimaryColumn({ type: "uuid" })
  transactionId!: string;
  @Column({ type: "integer" })
  chainId!: number;
  /** Names it once and for all; of a purpose only one is alive. */
  @PrimaryColumn({ type: "text" })
  purpose!: string;
  /** The task that asked for it, to be asked again when its transaction will never happen. */
  @Column({ type: "text" })
  kind!: string;
  @json()
  request!: Record<string, string>;
  /** The order it is of; null where it is of none. */
  @Column({ type: "uuid", nullable: true })
  orderId!: string | null;
  /** Whether its transaction may still do it or did: it is neither failed nor superseded. */
  @Column({ type: "boolean" })
  live!: boolean;
}

/**
 * log: what the escrow keeps of an order against the stored logs. row: an order's row against its logs. held: the
 * ledger's accounts of an order against its logs. credit: what the escrow owes an account against the ledger.
 */
export type DifferenceKind = "log" | "row" | "held" | "credit";

/** Something that the sweep found to differ. It is never mended by hand: logs of the chain may, a person has to. */
@Entity("chain_difference")
export class ChainDifference {
  @PrimaryColumn({ type: "uuid" })
  id!: string;
  @Column({ type: "integer" })
  chainId!: number;
  @Column({ type: "text" })
  what!: DifferenceKind;
  /** An order by the chain's id, or an account with its token. */
  @Column({ type: "text" })
  subject!: string;
  @Column({ type: "text" })
  expected!: string;
  @Column({ type: "text" })
  actual!: string;
  /** The block at which the two were compared. */
  @whole()
  height!: number;
  @time()
  foundAt!: number;
  @time()
  lastSeenAt!: number;
  /** When it was looked for and not there any more. */
  @time({ nullable: true })
  resolvedAt!: number | null;
  /** The block from which the re-scan goes on; null when it is over. */
  @whole({ nullable: true })
  rescanNext!: number | null;
  @whole()
  rescanTo!: number;
}
