import { type Address, encodeFunctionData, erc20Abi, type Hex, zeroAddress } from "viem";
import { escrowAbi } from "./abi.ts";
import type { Agreement } from "./agreement.ts";
import { type EscrowDomain, packTerms, type Terms } from "./terms.ts";
import type { Until, WithdrawalConsent } from "./typedData.ts";

/** A transaction to be signed by whoever makes it; `value` in wei. */
export type Call = { readonly to: Address; readonly data: Hex; readonly value: bigint };

const call = (to: Address, data: Hex, value = 0n): Call => ({ to, data, value });

/** The payer pays an order: by its allowance to the escrow, or in ETH where the terms' token is zero. */
export const authorizeCall = (domain: EscrowDomain, terms: Terms): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "authorize", args: [packTerms(terms)] }),
    terms.token === zeroAddress ? terms.amount : 0n,
  );

/** Anyone relays the payer's signed ERC-3009 authorization (`receiveAuthorizationTypedData`). */
export const authorizeWithAuthorizationCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "authorizeWithAuthorization",
      args: [packTerms(terms), signature],
    }),
  );

/**
 * The payer pays several orders at once: by its allowance for their sum, or in ETH where the terms' token is zero.
 * @param orders 1 to 20 terms of one payer and one token
 */
export const authorizeBasketCall = (domain: EscrowDomain, orders: readonly Terms[]): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "authorizeBasket", args: [orders.map(packTerms)] }),
    orders[0]?.token === zeroAddress ? orders.reduce((sum, { amount }) => sum + amount, 0n) : 0n,
  );

/** Anyone relays the payer's signed ERC-3009 authorization of a basket (`receiveBasketTypedData`). */
export const authorizeBasketWithAuthorizationCall = (
  domain: EscrowDomain,
  orders: readonly Terms[],
  signature: Hex,
): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "authorizeBasketWithAuthorization",
      args: [orders.map(packTerms), signature],
    }),
  );

/** The payer burns terms that nobody has paid, so that nobody ever can. */
export const cancelTermsCall = (domain: EscrowDomain, terms: Terms): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "cancelTerms", args: [packTerms(terms)] }));

/** Anyone relays the payer's signed burning of terms (`cancelTermsTypedData`); `deadline` is its last chain second. */
export const cancelTermsWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  deadline: number,
  signature: Hex,
): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "cancelTermsWithSignature",
      args: [packTerms(terms), BigInt(deadline), signature],
    }),
  );

/** Captures `amount` base units of the `heldBefore` that are held. */
export const captureCall = (domain: EscrowDomain, terms: Terms, amount: bigint, heldBefore: bigint): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "capture", args: [packTerms(terms), amount, heldBefore] }),
  );

/** One capture of several: `amount` base units of the `heldBefore` that are held. */
export type CaptureRequest = { readonly terms: Terms; readonly amount: bigint; readonly heldBefore: bigint };

/** Captures of several orders, all or none. */
export const captureManyCall = (domain: EscrowDomain, requests: readonly CaptureRequest[]): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "captureMany",
      args: [requests.map(({ terms, amount, heldBefore }) => ({ terms: packTerms(terms), amount, heldBefore }))],
    }),
  );

/** Releases whatever of these orders the caller may release now; the others are skipped. */
export const releaseManyCall = (domain: EscrowDomain, orders: readonly Terms[]): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "releaseMany", args: [orders.map(packTerms)] }),
  );

/** Releases all that is captured: by the payer at any time, by anyone once it has matured. */
export const releaseCall = (domain: EscrowDomain, terms: Terms): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "release", args: [packTerms(terms)] }));

/** Anyone relays the payer's signed release (`releaseTypedData`); `deadline` is its last chain second. */
export const releaseWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  consent: { readonly captured: bigint; readonly nonce: bigint; readonly deadline: number },
  signature: Hex,
): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "releaseWithSignature",
      args: [packTerms(terms), consent.captured, consent.nonce, BigInt(consent.deadline), signature],
    }),
  );

/** Gives `amount` base units of the `heldBefore` that are held back to the payer. */
export const voidCall = (domain: EscrowDomain, terms: Terms, amount: bigint, heldBefore: bigint): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "void", args: [packTerms(terms), amount, heldBefore] }),
  );

/** Gives all that is held back to the payer once `captureBy` has come. */
export const reclaimCall = (domain: EscrowDomain, terms: Terms): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "reclaim", args: [packTerms(terms)] }));

/** Anyone relays the payer's signed reclaim (`reclaimTypedData`), which is paid out; `deadline` is its last chain second. */
export const reclaimWithSignatureCall = (domain: EscrowDomain, terms: Terms, deadline: number, signature: Hex): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "reclaimWithSignature",
      args: [packTerms(terms), BigInt(deadline), signature],
    }),
  );

/** Gives `amount` base units of the `capturedBefore` that are captured back to the payer. */
export const refundCall = (domain: EscrowDomain, terms: Terms, amount: bigint, capturedBefore: bigint): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "refund", args: [packTerms(terms), amount, capturedBefore] }),
  );

/** The caller withdraws `amount` base units of its credit in `token` (zero: ETH) to itself. */
export const withdrawCall = (domain: EscrowDomain, token: Address, amount: bigint): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "withdraw", args: [token, amount] }));

/** The caller withdraws `amount` base units of its credit in `token` (zero: ETH) to `to`. */
export const withdrawToCall = (domain: EscrowDomain, token: Address, to: Address, amount: bigint): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "withdrawTo", args: [token, to, amount] }));

/** Anyone relays an account's signed withdrawal (`withdrawTypedData`). */
export const withdrawWithSignatureCall = (domain: EscrowDomain, consent: WithdrawalConsent, signature: Hex): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "withdrawWithSignature",
      args: [
        ...([consent.account, consent.token, consent.amount, consent.to] as const),
        ...([consent.nonce, BigInt(consent.deadline), signature] as const),
      ],
    }),
  );

/** The caller, a signatory, accepts an agreement and proposes it where nobody has. */
export const acceptAgreementCall = (domain: EscrowDomain, agreement: Agreement): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "acceptAgreement", args: [agreement] }));

/** One signatory's signed acceptance (`acceptAgreementTypedData`). */
export type Acceptance = Until & { readonly account: Address; readonly signature: Hex };

/** Anyone relays signed acceptances; a caller who is a signatory accepts by calling. Who accepted before is skipped. */
export const acceptAgreementWithSignaturesCall = (
  domain: EscrowDomain,
  agreement: Agreement,
  acceptances: readonly Acceptance[],
): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "acceptAgreementWithSignatures",
      args: [agreement, acceptances.map((each) => ({ ...each, deadline: BigInt(each.deadline) }))],
    }),
  );

/** The caller, a signatory, revokes an agreement. */
export const revokeAgreementCall = (domain: EscrowDomain, id: Hex): Call =>
  call(domain.escrow, encodeFunctionData({ abi: escrowAbi, functionName: "revokeAgreement", args: [id] }));

/** Anyone relays a signatory's signed revocation (`revokeAgreementTypedData`) of the agreement `id`. */
export const revokeAgreementWithSignatureCall = (
  domain: EscrowDomain,
  id: Hex,
  { account, nonce, deadline, signature }: Acceptance,
): Call =>
  call(
    domain.escrow,
    encodeFunctionData({
      abi: escrowAbi,
      functionName: "revokeAgreementWithSignature",
      args: [id, account, nonce, BigInt(deadline), signature],
    }),
  );

/** The caller lets `spender` take `amount` base units of its `token`. */
export const approveCall = (token: Address, spender: Address, amount: bigint): Call =>
  call(token, encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [spender, amount] }));
