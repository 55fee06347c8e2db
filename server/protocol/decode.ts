import { type Address, decodeEventLog, type Hex } from "viem";
import { escrowAbi } from "./abi.ts";
import { type Agreement, agreementHash } from "./agreement.ts";
import { type Mandate, partsOwed, type Sale, unpackSale } from "./sale.ts";
import { type EscrowDomain, type Terms, termsHash, unpackTerms } from "./terms.ts";
import { legsFault } from "./validateTerms.ts";

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

/**
 * Reads one log of the escrow at `domain`. Never throws: what cannot be read, an `Authorized` or `AgreementProposed`
 * whose content does not hash to its id, and a `Distributed` whose parts are not its debit are `undecodable` with the
 * reason.
 */
export function decodeLog(log: RawLog, domain: EscrowDomain): EscrowEvent | Undecodable {
  try {
    const event = read(log);
    const reason = contradiction(event, domain);
    return reason === undefined ? event : { kind: "undecodable", reason };
  } catch (error) {
    return { kind: "undecodable", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Why an event cannot be what it says, by itself alone. */
function contradiction(event: EscrowEvent, domain: EscrowDomain): string | undefined {
  switch (event.kind) {
    case "authorized":
      return termsHash(domain, event.terms) === event.id ? undefined : `the terms do not hash to ${event.id}`;
    case "agreement_proposed": {
      const { agreement, agreementId } = event;
      return agreementHash(domain, agreement) === agreementId
        ? undefined
        : `the agreement does not hash to ${agreementId}`;
    }
    case "distributed":
      return distributionFault(event);
    default:
      return undefined;
  }
}

function distributionFault({ account, ref, sale, debited }: DistributedEvent): string | undefined {
  if (sale.account !== account || sale.ref !== ref) return `the sale is ${sale.ref} of ${sale.account}`;
  const fault = legsFault({ legs: sale.legs, amount: sale.gross });
  if (fault) return `a sale with ${fault}`;
  const owed = partsOwed(sale).reduce((sum, { amount }) => sum + amount, 0n);
  return owed === debited ? undefined : `debited ${debited} for parts of ${owed}`;
}

function read({ topics: [signature, ...indexed], data }: RawLog): EscrowEvent {
  if (!signature) throw new Error("the log has no topics");
  const log = decodeEventLog({ abi: escrowAbi, topics: [signature, ...indexed], data });
  switch (log.eventName) {
    case "Authorized":
      return { kind: "authorized", id: log.args.id, terms: unpackTerms(log.args.terms), route: log.args.route };
    case "Captured":
      return { kind: "captured", id: log.args.id, amount: log.args.amount, releaseAt: second(log.args.releaseAt) };
    case "Released":
      return { kind: "released", ...log.args };
    case "Voided":
      return { kind: "voided", ...log.args };
    case "Reclaimed":
      return { kind: "reclaimed", ...log.args };
    case "Refunded":
      return { kind: "refunded", ...log.args };
    case "ReturnCredited":
      return { kind: "return_credited", ...log.args };
    case "Cancelled":
      return { kind: "cancelled", ...log.args };
    case "Disputed": {
      const { round, rulingBy, ...rest } = log.args;
      return { kind: "disputed", ...rest, round: count(round), rulingBy: second(rulingBy) };
    }
    case "Resolved":
      return { kind: "resolved", ...log.args, round: count(log.args.round) };
    case "RefundedReleased":
      return { kind: "refunded_released", ...log.args };
    case "AgreementProposed":
      return { kind: "agreement_proposed", agreementId: log.args.id, agreement: log.args.agreement };
    case "AgreementAccepted":
      return { kind: "agreement_accepted", agreementId: log.args.id, account: log.args.account };
    case "AgreementActivated":
      return { kind: "agreement_activated", agreementId: log.args.id };
    case "AgreementRevoked":
      return { kind: "agreement_revoked", agreementId: log.args.id, account: log.args.account };
    case "NonceUsed":
      return { kind: "nonce_used", ...log.args };
    case "Withdrawn":
      return { kind: "withdrawn", ...log.args };
    case "Deposited":
      return { kind: "deposited", ...log.args };
    case "Distributed":
      return { kind: "distributed", ...log.args, sale: unpackSale(log.args.sale) };
    case "MandateSet":
      return { kind: "mandate_set", ...log.args };
  }
}

const second = (value: bigint): number => within(value, 40n, "chain second");
const count = (value: bigint): number => within(value, 16n, "number of a dispute");

function within(value: bigint, bits: bigint, what: string): number {
  if (value >> bits !== 0n) throw new RangeError(`${value} is no ${what}`);
  return Number(value);
}
