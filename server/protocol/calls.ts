import { type Address, encodeFunctionData, erc20Abi, type Hex, zeroAddress } from "viem";
import { escrowAbi } from "./abi.ts";
import { type EscrowDomain, packTerms, type Terms } from "./terms.ts";

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

/** Captures `amount` base units of the `heldBefore` that are held. */
export const captureCall = (domain: EscrowDomain, terms: Terms, amount: bigint, heldBefore: bigint): Call =>
  call(
    domain.escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "capture", args: [packTerms(terms), amount, heldBefore] }),
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

/** The caller lets `spender` take `amount` base units of its `token`. */
export const approveCall = (token: Address, spender: Address, amount: bigint): Call =>
  call(token, encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [spender, amount] }));
