import { decodeEventLog } from "viem";
import { escrowAbi } from "./abi.ts";
import { agreementHash } from "./agreement.ts";
import { readClean } from "./cleanLog.ts";
import type { DistributedEvent, EscrowEvent, RawLog, Undecodable } from "./events.ts";
import { partsOwed, unpackSale } from "./sale.ts";
import { type EscrowDomain, termsHash, unpackTerms } from "./terms.ts";
import { legsFault } from "./validateTerms.ts";

export * from "./events.ts";

/**
 * Reads one log of the escrow at `domain`. Never throws: what cannot be read, an `Authorized` or `AgreementProposed`
 * whose content does not hash to its id, and a `Distributed` whose parts are not its debit are `undecodable` with the
 * reason.
 */
export function decodeLog(log: RawLog, domain: EscrowDomain): EscrowEvent | Undecodable {
  return readClean(log, domain) ?? decodeByAbi(log, domain);
}

/**
 * Reads a log that `decodeLog` has read before, and that nobody but this house could change since: the common events are
 * not held against their hashes again, which is most of the work.
 */
export const decodeAgain = (log: RawLog, domain: EscrowDomain): EscrowEvent | Undecodable =>
  readClean(log) ?? decodeByAbi(log, domain);

/** As `decodeLog` does, by the contract's ABI alone: slower, and for every log. */
export function decodeByAbi(log: RawLog, domain: EscrowDomain): EscrowEvent | Undecodable {
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
