import type { Address, Hex } from "viem";
import type { Agreement } from "./agreement.ts";
import type { Mandate, Sale } from "./sale.ts";
import type { Terms } from "./terms.ts";

/** Of a chain log, what decoding needs. */
export type RawLog = { readonly topics: readonly Hex[]; readonly data: Hex };

/** Events of one order. Amounts are base units of the order's token, `releaseAt` is a chain second or 0. */
export type OrderEvent =
  | { readonly kind: "authorized"; readonly id: Hex; readonly terms: Terms; readonly route: number }
  | { readonly kind: "captured"; readonly id: Hex; readonly amount: bigint; readonly releaseAt: number }
  | { readonly kind: "released"; readonly id: Hex; readonly amount: bigint }
  | { readonly kind: ReturnKind; readonly id: Hex; readonly amount: bigint }
  | { readonly kind: "return_credited"; readonly id: Hex; readonly amount: bigint }
  | { readonly kind: "cancelled"; readonly id: Hex }
  | DisputedEvent
  | ResolvedEvent
  | { readonly kind: "refunded_released"; readonly id: Hex; readonly amount: bigint; readonly fromCredit: bigint };

/** Ways back to the payer: to its wallet, or to its credit in the escrow where `return_credited` follows. */
type ReturnKind = "voided" | "reclaimed" | "refunded";

/** Part of what is captured came under dispute, in the order's dispute number `round`. */
export type DisputedEvent = {
  readonly kind: "disputed";
  readonly id: Hex;
  readonly round: number;
  readonly amount: bigint;
  /** Chain second before which the arbiter may rule. */
  readonly rulingBy: number;
  readonly evidence: Hex;
};

/** Who ended a dispute: a side that gave in, the arbiter, or anybody once the arbiter's time was over. */
export const RESOLVED_BY = { payer: 1, merchant: 2, arbiter: 3, time: 4 } as const;

/** The open dispute ended; the payer's part went back to it, the rest was released to the legs. */
export type ResolvedEvent = {
  readonly kind: "resolved";
  readonly id: Hex;
  readonly round: number;
  readonly toPayer: bigint;
  readonly toLegs: bigint;
  /** One of `RESOLVED_BY`. */
  readonly by: number;
};

export type WithdrawnEvent = {
  readonly kind: "withdrawn";
  readonly account: Address;
  readonly token: Address;
  readonly to: Address;
  readonly amount: bigint;
};

export type DepositedEvent = {
  readonly kind: "deposited";
  /** Whose credit it became. */
  readonly account: Address;
  readonly token: Address;
  readonly from: Address;
  readonly amount: bigint;
};

/** A sale paid elsewhere was shared: `account` was debited what the other parties were credited. */
export type DistributedEvent = {
  readonly kind: "distributed";
  readonly account: Address;
  readonly ref: Hex;
  readonly sale: Sale;
  readonly debited: bigint;
};

/** Events that change credits without an order. */
export type CreditEvent = WithdrawnEvent | DepositedEvent | DistributedEvent;

export type MandateSetEvent = {
  readonly kind: "mandate_set";
  readonly account: Address;
  readonly spender: Address;
  readonly token: Address;
  readonly mandate: Mandate;
};

export type NonceUsedEvent = { readonly kind: "nonce_used"; readonly account: Address; readonly nonce: bigint };

/** Events of one agreement. */
export type AgreementEvent =
  | { readonly kind: "agreement_proposed"; readonly agreementId: Hex; readonly agreement: Agreement }
  | { readonly kind: "agreement_accepted"; readonly agreementId: Hex; readonly account: Address }
  | { readonly kind: "agreement_activated"; readonly agreementId: Hex }
  | { readonly kind: "agreement_revoked"; readonly agreementId: Hex; readonly account: Address };

export type EscrowEvent = OrderEvent | AgreementEvent | CreditEvent | MandateSetEvent | NonceUsedEvent;

export type Undecodable = { readonly kind: "undecodable"; readonly reason: string };

/** Whether the event belongs to an order and so to its fold. */
export const isOrderEvent = (event: EscrowEvent | Undecodable): event is OrderEvent => "id" in event;

/** Whether the event belongs to an agreement and so to its fold. */
export const isAgreementEvent = (event: EscrowEvent | Undecodable): event is AgreementEvent => "agreementId" in event;

/** Whether the event changes credits without an order. */
export const isCreditEvent = (event: EscrowEvent | Undecodable): event is CreditEvent =>
  event.kind === "withdrawn" || event.kind === "deposited" || event.kind === "distributed";
