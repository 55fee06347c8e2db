import { type Hex, zeroAddress } from "viem";
import { type EscrowDomain, packTerms, type Terms } from "../terms.ts";
import type { RefundConsent, RefundReleasedConsent, ReleaseConsent } from "../typedData.ts";
import { type Call, escrowCall } from "./call.ts";

/** Captures `amount` base units of the `heldBefore` that are held. */
export const captureCall = (domain: EscrowDomain, terms: Terms, amount: bigint, heldBefore: bigint): Call =>
  escrowCall(domain, "capture", [packTerms(terms), amount, heldBefore]);

/** One capture of several: `amount` base units of the `heldBefore` that are held. */
export type CaptureRequest = { readonly terms: Terms; readonly amount: bigint; readonly heldBefore: bigint };

/** Captures of several orders, all or none. */
export const captureManyCall = (domain: EscrowDomain, requests: readonly CaptureRequest[]): Call =>
  escrowCall(domain, "captureMany", [
    requests.map(({ terms, amount, heldBefore }) => ({ terms: packTerms(terms), amount, heldBefore })),
  ]);

/** Releases whatever of these orders the caller may release now; the others are skipped. */
export const releaseManyCall = (domain: EscrowDomain, orders: readonly Terms[]): Call =>
  escrowCall(domain, "releaseMany", [orders.map(packTerms)]);

/** Releases all that is captured: by the payer at any time, by anyone once it has matured. */
export const releaseCall = (domain: EscrowDomain, terms: Terms): Call =>
  escrowCall(domain, "release", [packTerms(terms)]);

/** Anyone relays the payer's signed release (`releaseTypedData`); `deadline` is its last chain second. */
export const releaseWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  { captured, nonce, deadline }: Omit<ReleaseConsent, "id">,
  signature: Hex,
): Call => escrowCall(domain, "releaseWithSignature", [packTerms(terms), captured, nonce, BigInt(deadline), signature]);

/** Gives `amount` base units of the `heldBefore` that are held back to the payer. */
export const voidCall = (domain: EscrowDomain, terms: Terms, amount: bigint, heldBefore: bigint): Call =>
  escrowCall(domain, "void", [packTerms(terms), amount, heldBefore]);

/** Gives all that is held back to the payer once `captureBy` has come. */
export const reclaimCall = (domain: EscrowDomain, terms: Terms): Call =>
  escrowCall(domain, "reclaim", [packTerms(terms)]);

/** Anyone relays the payer's signed reclaim (`reclaimTypedData`), which is paid out; `deadline` is its last chain second. */
export const reclaimWithSignatureCall = (domain: EscrowDomain, terms: Terms, deadline: number, signature: Hex): Call =>
  escrowCall(domain, "reclaimWithSignature", [packTerms(terms), BigInt(deadline), signature]);

/** Gives `amount` base units of the `capturedBefore` that are captured back to the payer. */
export const refundCall = (domain: EscrowDomain, terms: Terms, amount: bigint, capturedBefore: bigint): Call =>
  escrowCall(domain, "refund", [packTerms(terms), amount, capturedBefore]);

/** Anyone relays the merchant's signed refund (`refundTypedData`). */
export const refundWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  { amount, captured, nonce, deadline }: Omit<RefundConsent, "id">,
  signature: Hex,
): Call =>
  escrowCall(domain, "refundWithSignature", [packTerms(terms), amount, captured, nonce, BigInt(deadline), signature]);

/**
 * The merchant gives back `amount` base units of what was released, `refundedBefore` of which went back before: out of its
 * credit first, the rest by its allowance or, in ETH, by the call's value.
 * @param credit what the merchant's credit in the terms' token is; only looked at for ETH
 */
export function refundReleasedCall(
  domain: EscrowDomain,
  terms: Terms,
  amount: bigint,
  refundedBefore: bigint,
  credit: bigint,
): Call {
  const rest = terms.token === zeroAddress && amount > credit ? amount - credit : 0n;
  return escrowCall(domain, "refundReleased", [packTerms(terms), amount, refundedBefore], rest);
}

/** Anyone relays the merchant's signed refund after release (`refundReleasedTypedData`). */
export const refundReleasedWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  { amount, refunded, deadline }: Omit<RefundReleasedConsent, "id">,
  signature: Hex,
): Call =>
  escrowCall(domain, "refundReleasedWithSignature", [packTerms(terms), amount, refunded, BigInt(deadline), signature]);
