import type { Hex } from "viem";
import { type EscrowDomain, packTerms, type Terms } from "../terms.ts";
import type { ConcedeConsent, DisputeConsent } from "../typedData.ts";
import { type Call, escrowCall } from "./call.ts";

/** The payer disputes `amount` base units of what is captured, or all of it where less is left. */
export const disputeCall = (domain: EscrowDomain, terms: Terms, amount: bigint, evidence: Hex): Call =>
  escrowCall(domain, "dispute", [packTerms(terms), amount, evidence]);

/** Anyone relays the payer's signed dispute (`disputeTypedData`). */
export const disputeWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  { amount, round, evidence, deadline }: Omit<DisputeConsent, "id">,
  signature: Hex,
): Call =>
  escrowCall(domain, "disputeWithSignature", [
    ...([packTerms(terms), amount, BigInt(round), evidence] as const),
    ...([BigInt(deadline), signature] as const),
  ]);

/** The caller gives in: the payer lets the legs have all that is disputed, the merchant the payer. */
export const concedeCall = (domain: EscrowDomain, terms: Terms, round: number): Call =>
  escrowCall(domain, "concede", [packTerms(terms), BigInt(round)]);

/** Anyone relays what a side signed to give in (`concedeTypedData`). */
export const concedeWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  { account, round, deadline }: Omit<ConcedeConsent, "id">,
  signature: Hex,
): Call =>
  escrowCall(domain, "concedeWithSignature", [packTerms(terms), account, BigInt(round), BigInt(deadline), signature]);

/** What an arbiter rules of: the number of the dispute, and what it knows to be disputed in base units. */
export type Ruling = { readonly round: number; readonly amount: bigint; readonly toPayerPpm: number };

/** The arbiter gives the payer its part, rounded down, and the legs the rest. */
export const ruleCall = (domain: EscrowDomain, terms: Terms, { round, amount, toPayerPpm }: Ruling): Call =>
  escrowCall(domain, "rule", [packTerms(terms), BigInt(round), amount, BigInt(toPayerPpm)]);

/** Anyone ends a dispute that nobody ruled in time, by the terms' `defaultToPayerPpm`. */
export const endDisputeCall = (domain: EscrowDomain, terms: Terms): Call =>
  escrowCall(domain, "endDispute", [packTerms(terms)]);
