import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address, Hex } from "viem";
import { json, money, time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { Currency, Minor } from "../../core/money.ts";
import type { PaymentState } from "../../protocol/paymentState.ts";
import type { TermsJson } from "../../protocol/terms.ts";
import type { Confidence, PaymentMethod, RequestKind, RequestSide } from "./rules.ts";

/** What one checkout pays, for all of its orders, with the quote it was priced by. */
@Entity("payment")
export class Payment {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  userId!: Id;
  @Column({ type: "text" })
  payer!: Address;
  @Column({ type: "text" })
  method!: PaymentMethod;
  @Column({ type: "text" })
  currency!: Currency;
  @money()
  total!: Minor;
  @whole()
  chainId!: number;
  /** The zero address is ETH. */
  @Column({ type: "text" })
  token!: Address;
  /** Base units of `token`: the sum of its orders'. */
  @tokenAmount()
  amount!: bigint;
  /** Base units per minor unit, as a fraction, frozen at checkout. */
  @tokenAmount()
  rateNum!: bigint;
  @tokenAmount()
  rateDen!: bigint;
  @Column({ type: "text" })
  rateSource!: string;
  @time()
  rateValidUntil!: number;
  /** Chain second before which it must be authorized. */
  @whole()
  authorizeByS!: number;
  @time()
  createdAt!: number;
}

/** One order's money in the escrow: what was agreed, and what the chain's logs say of it. */
@Entity("escrow_order")
export class EscrowOrder {
  @PrimaryColumn({ type: "uuid" })
  orderId!: Id;
  @Column({ type: "uuid" })
  paymentId!: Id;
  @whole()
  chainId!: number;
  @Column({ type: "text" })
  escrow!: Address;
  @json()
  terms!: TermsJson;
  @Column({ type: "text" })
  termsHash!: Hex;
  /** Of the terms, in decimal digits: by it terms are known that are ours but for something. */
  @Column({ type: "text", nullable: true })
  salt!: string | null;
  @Column({ type: "text" })
  payer!: Address;
  @Column({ type: "text" })
  token!: Address;
  /** Base units of `token`, as in the terms. */
  @tokenAmount()
  amount!: bigint;
  @whole()
  authorizeByS!: number;
  @whole()
  captureByS!: number;

  @Column({ type: "text" })
  state!: PaymentState;
  @Column({ type: "text", nullable: true })
  confidence!: Confidence | null;
  @tokenAmount()
  held!: bigint;
  @tokenAmount()
  captured!: bigint;
  /** Under an open dispute. */
  @tokenAmount()
  disputed!: bigint;
  @tokenAmount()
  released!: bigint;
  @tokenAmount()
  returned!: bigint;
  /** Of `released`: went back at the merchant's cost. */
  @tokenAmount()
  refundedReleased!: bigint;
  @whole()
  releaseAtS!: number;
  @Column({ type: "text", nullable: true })
  broken!: string | null;
  @whole()
  version!: number;
  @time()
  updatedAt!: number;
}

/** The payer's signature that pays one order by ERC-3009; the operator relays it. */
@Entity("payment_authorization")
export class PaymentAuthorization {
  @PrimaryColumn({ type: "uuid" })
  orderId!: Id;
  @Column({ type: "text" })
  signature!: Hex;
  @time()
  createdAt!: number;
}

/** The payer's signature that pays several orders of a payment at once by ERC-3009; the operator relays it. */
@Entity("payment_basket")
export class PaymentBasket {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  paymentId!: Id;
  /** In the order in which they were signed. */
  @json()
  orderIds!: readonly Id[];
  @Column({ type: "text" })
  signature!: Hex;
  @time()
  createdAt!: number;
}

/**
 * Something asked of the operator for one order. Of the open ones no two take from the same quantity: the second
 * would find it changed. It is `done` once the chain changed the quantity, `dropped` when it cannot happen any more.
 */
@Entity("payment_request")
export class PaymentRequest {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  orderId!: Id;
  @Column({ type: "text" })
  kind!: RequestKind;
  @Column({ type: "text" })
  side!: RequestSide;
  /** Base units. */
  @tokenAmount()
  amount!: bigint;
  /** What `side` is before it happens, in base units. */
  @tokenAmount()
  before!: bigint;
  @Column({ type: "text" })
  state!: "open" | "done" | "dropped";
  /** Who asked: a user's id, or the part of the house. */
  @Column({ type: "text" })
  askedBy!: string;
  @time()
  createdAt!: number;
}
