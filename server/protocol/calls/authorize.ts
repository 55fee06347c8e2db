import { type Address, encodeFunctionData, erc20Abi, type Hex, zeroAddress } from "viem";
import { type EscrowDomain, packTerms, type Terms } from "../terms.ts";
import { type Call, escrowCall } from "./call.ts";

/** The caller lets `spender` take `amount` base units of its `token`. */
export const approveCall = (token: Address, spender: Address, amount: bigint): Call => ({
  to: token,
  data: encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [spender, amount] }),
  value: 0n,
});

/** The payer pays an order: by its allowance to the escrow, or in ETH where the terms' token is zero. */
export const authorizeCall = (domain: EscrowDomain, terms: Terms): Call =>
  escrowCall(domain, "authorize", [packTerms(terms)], terms.token === zeroAddress ? terms.amount : 0n);

/** Anyone relays the payer's signed ERC-3009 authorization (`receiveAuthorizationTypedData`). */
export const authorizeWithAuthorizationCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  escrowCall(domain, "authorizeWithAuthorization", [packTerms(terms), signature]);

/** Anyone relays the payer's signature over the terms (`termsTypedData`); the payer's allowance pays. */
export const authorizeWithAllowanceCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  escrowCall(domain, "authorizeWithAllowance", [packTerms(terms), signature]);

/** An ERC-2612 permit to be tried before the allowance is used (`permitTypedData`). */
export type Permit = { readonly value: bigint; readonly deadline: number; readonly signature: Hex };

/** The same after an attempt to raise the allowance. @param signature over the terms; empty where the payer calls */
export const authorizeWithPermitCall = (domain: EscrowDomain, terms: Terms, signature: Hex, permit: Permit): Call =>
  escrowCall(domain, "authorizeWithPermit", [
    ...([packTerms(terms), signature] as const),
    { ...permit, deadline: BigInt(permit.deadline) },
  ]);

/** The payer's credit pays. @param signature (`authorizeWithCreditTypedData`); empty where the payer calls */
export const authorizeWithCreditCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  escrowCall(domain, "authorizeWithCredit", [packTerms(terms), signature]);

/** The operator authorizes and captures all at once, by the payer's allowance. @param signature over the terms */
export const chargeWithAllowanceCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  escrowCall(domain, "chargeWithAllowance", [packTerms(terms), signature]);

/** The same by the payer's ERC-3009 authorization. */
export const chargeWithAuthorizationCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  escrowCall(domain, "chargeWithAuthorization", [packTerms(terms), signature]);

/** The same out of the payer's credit. */
export const chargeWithCreditCall = (domain: EscrowDomain, terms: Terms, signature: Hex): Call =>
  escrowCall(domain, "chargeWithCredit", [packTerms(terms), signature]);

/**
 * The payer pays several orders at once: by its allowance for their sum, or in ETH where the terms' token is zero.
 * @param orders 1 to 20 terms of one payer and one token
 */
export const authorizeBasketCall = (domain: EscrowDomain, orders: readonly Terms[]): Call =>
  escrowCall(
    domain,
    "authorizeBasket",
    [orders.map(packTerms)],
    orders[0]?.token === zeroAddress ? orders.reduce((sum, { amount }) => sum + amount, 0n) : 0n,
  );

/** Anyone relays the payer's signed ERC-3009 authorization of a basket (`receiveBasketTypedData`). */
export const authorizeBasketWithAuthorizationCall = (
  domain: EscrowDomain,
  orders: readonly Terms[],
  signature: Hex,
): Call => escrowCall(domain, "authorizeBasketWithAuthorization", [orders.map(packTerms), signature]);

/** The payer burns terms that nobody has paid, so that nobody ever can. */
export const cancelTermsCall = (domain: EscrowDomain, terms: Terms): Call =>
  escrowCall(domain, "cancelTerms", [packTerms(terms)]);

/** Anyone relays the payer's signed burning of terms (`cancelTermsTypedData`); `deadline` is its last chain second. */
export const cancelTermsWithSignatureCall = (
  domain: EscrowDomain,
  terms: Terms,
  deadline: number,
  signature: Hex,
): Call => escrowCall(domain, "cancelTermsWithSignature", [packTerms(terms), BigInt(deadline), signature]);
