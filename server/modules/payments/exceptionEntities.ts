import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address, Hex } from "viem";
import { json, time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { TermsJson } from "../../protocol/terms.ts";
import type { ExceptionKind, ExceptionState } from "./exceptionRules.ts";

/** Money in the escrow that should not be there as it is, and its way back. Amounts are base units of `token`. */
@Entity("payment_exception")
export class PaymentException {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @whole()
  chainId!: number;
  @Column({ type: "text" })
  escrow!: Address;
  /** Of the terms that were paid; with the chain it is the exception's other name. */
  @Column({ type: "text" })
  termsHash!: Hex;
  /** The order of ours that it was meant for, as far as we know. */
  @Column({ type: "uuid", nullable: true })
  orderId!: Id | null;
  @Column({ type: "text" })
  kind!: ExceptionKind;
  @Column({ type: "text" })
  payer!: Address;
  /** The zero address is ETH. */
  @Column({ type: "text" })
  token!: Address;
  /** What the order costs, in base units of its own token; null without an order. */
  @tokenAmount({ nullable: true })
  expected!: bigint | null;
  @tokenAmount()
  paid!: bigint;
  /** What has to go back and has not. */
  @tokenAmount()
  due!: bigint;
  @tokenAmount()
  returned!: bigint;
  @Column({ type: "text" })
  state!: ExceptionState;
  /** Whether its logs make sense; nothing is asked of the operator while they do not. */
  @Column({ type: "boolean" })
  sound!: boolean;
  @json()
  terms!: TermsJson;
  /** Chain second from which its payer can reclaim what is held. */
  @whole()
  captureByS!: number;
  /** The block of its newest log; 0 while it is gone. */
  @whole()
  height!: number;
  /** Counts its changes. */
  @whole()
  version!: number;
  @time()
  createdAt!: number;
  @time()
  updatedAt!: number;
}

/** One step of an exception, for ever. */
@Entity("payment_exception_event")
export class PaymentExceptionEvent {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  exceptionId!: Id;
  /** The state it came to, or what else happened, such as `asked_again`. */
  @Column({ type: "text" })
  event!: string;
  @Column({ type: "text", nullable: true })
  note!: string | null;
  /** The transaction of the chain that brought it; null where none did. */
  @Column({ type: "text", nullable: true })
  txHash!: Hex | null;
  @time()
  at!: number;
}
