import type { Address, Hex } from "viem";
import type { Agreement } from "../agreement.ts";
import type { EscrowDomain } from "../terms.ts";
import type { Until } from "../typedData.ts";
import { type Call, escrowCall } from "./call.ts";

/** The caller, a signatory, accepts an agreement and proposes it where nobody has. */
export const acceptAgreementCall = (domain: EscrowDomain, agreement: Agreement): Call =>
  escrowCall(domain, "acceptAgreement", [agreement]);

/** One signatory's signed acceptance (`acceptAgreementTypedData`). */
export type Acceptance = Until & { readonly account: Address; readonly signature: Hex };

/** Anyone relays signed acceptances; a caller who is a signatory accepts by calling. Who accepted before is skipped. */
export const acceptAgreementWithSignaturesCall = (
  domain: EscrowDomain,
  agreement: Agreement,
  acceptances: readonly Acceptance[],
): Call =>
  escrowCall(domain, "acceptAgreementWithSignatures", [
    agreement,
    acceptances.map((each) => ({ ...each, deadline: BigInt(each.deadline) })),
  ]);

/** The caller, a signatory, revokes an agreement. */
export const revokeAgreementCall = (domain: EscrowDomain, id: Hex): Call => escrowCall(domain, "revokeAgreement", [id]);

/** Anyone relays a signatory's signed revocation (`revokeAgreementTypedData`) of the agreement `id`. */
export const revokeAgreementWithSignatureCall = (
  domain: EscrowDomain,
  id: Hex,
  { account, nonce, deadline, signature }: Acceptance,
): Call => escrowCall(domain, "revokeAgreementWithSignature", [id, account, nonce, BigInt(deadline), signature]);
