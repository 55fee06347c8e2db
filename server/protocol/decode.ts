import { type Address, decodeEventLog, type Hex } from "viem";
import { escrowAbi } from "./abi.ts";
import { type Agreement, agreementHash } from "./agreement.ts";
import { type EscrowDomain, type Terms, termsHash, unpackTerms } from "./terms.ts";

/** Of a chain log, what decoding needs. */
export type RawLog = { readonly topics: readonly Hex[]; readonly data: Hex };

/** Events of one order. Amounts are base units of the order's token, `releaseAt` is a chain second or 0. */
export type OrderEvent =
  | { readonly kind: "authorized"; readonly id: Hex; readonly terms: Terms; readonly route: number }
  | { readonly kind: "captured"; readonly id: Hex; readonly amount: bigint; readonly releaseAt: number }
  | { readonly kind: "released"; readonly id: Hex; readonly amount: bigint }
  | { readonly kind: ReturnKind; readonly id: Hex; readonly amount: bigint }
  | { readonly kind: "return_credited"; readonly id: Hex; readonly amount: bigint }
  | { readonly kind: "cancelled"; readonly id: Hex };

/** Ways back to the payer: to its wallet, or to its credit in the escrow where `return_credited` follows. */
type ReturnKind = "voided" | "reclaimed" | "refunded";

export type WithdrawnEvent = {
  readonly kind: "withdrawn";
  readonly account: Address;
  readonly token: Address;
  readonly to: Address;
  readonly amount: bigint;
};

export type NonceUsedEvent = { readonly kind: "nonce_used"; readonly account: Address; readonly nonce: bigint };

/** Events of one agreement. */
export type AgreementEvent =
  | { readonly kind: "agreement_proposed"; readonly agreementId: Hex; readonly agreement: Agreement }
  | { readonly kind: "agreement_accepted"; readonly agreementId: Hex; readonly account: Address }
  | { readonly kind: "agreement_activated"; readonly agreementId: Hex }
  | { readonly kind: "agreement_revoked"; readonly agreementId: Hex; readonly account: Address };

export type EscrowEvent = OrderEvent | AgreementEvent | WithdrawnEvent | NonceUsedEvent;

export type Undecodable = { readonly kind: "undecodable"; readonly reason: string };

/** Whether the event belongs to an order and so to its fold. */
export const isOrderEvent = (event: EscrowEvent | Undecodable): event is OrderEvent => "id" in event;

/** Whether the event belongs to an agreement and so to its fold. */
export const isAgreementEvent = (event: EscrowEvent | Undecodable): event is AgreementEvent => "agreementId" in event;

/**
 * Reads one log of the escrow at `domain`. Never throws: what cannot be read, and an `Authorized` or
 * `AgreementProposed` whose content does not hash to its id, is `undecodable` with the reason.
 */
export function decodeLog(log: RawLog, domain: EscrowDomain): EscrowEvent | Undecodable {
  try {
    const event = read(log);
    if (event.kind === "authorized" && termsHash(domain, event.terms) !== event.id) {
      return { kind: "undecodable", reason: `the terms do not hash to ${event.id}` };
    }
    if (event.kind === "agreement_proposed" && agreementHash(domain, event.agreement) !== event.agreementId) {
      return { kind: "undecodable", reason: `the agreement does not hash to ${event.agreementId}` };
    }
    return event;
  } catch (error) {
    return { kind: "undecodable", reason: error instanceof Error ? error.message : String(error) };
  }
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
  }
}

function second(value: bigint): number {
  if (value >> 40n !== 0n) throw new RangeError(`${value} is no chain second`);
  return Number(value);
}
