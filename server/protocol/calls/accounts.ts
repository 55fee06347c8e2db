import { type Address, type Hex, zeroAddress } from "viem";
import { type Mandate, packSale, type Sale } from "../sale.ts";
import type { EscrowDomain } from "../terms.ts";
import type { Deposit, MandateConsent, Withdrawal, WithdrawalConsent, WithdrawManyConsent } from "../typedData.ts";
import { type Call, escrowCall } from "./call.ts";

/** The caller withdraws `amount` base units of its credit in `token` (zero: ETH) to itself. */
export const withdrawCall = (domain: EscrowDomain, token: Address, amount: bigint): Call =>
  escrowCall(domain, "withdraw", [token, amount]);

/** The caller withdraws `amount` base units of its credit in `token` (zero: ETH) to `to`. */
export const withdrawToCall = (domain: EscrowDomain, token: Address, to: Address, amount: bigint): Call =>
  escrowCall(domain, "withdrawTo", [token, to, amount]);

/** Anyone relays an account's signed withdrawal (`withdrawTypedData`). */
export const withdrawWithSignatureCall = (domain: EscrowDomain, consent: WithdrawalConsent, signature: Hex): Call =>
  escrowCall(domain, "withdrawWithSignature", [
    ...([consent.account, consent.token, consent.amount, consent.to] as const),
    ...([consent.nonce, BigInt(consent.deadline), signature] as const),
  ]);

/** The caller withdraws of its credits in several tokens, all or none. */
export const withdrawManyCall = (domain: EscrowDomain, withdrawals: readonly Withdrawal[]): Call =>
  escrowCall(domain, "withdrawMany", [withdrawals]);

/** Anyone relays an account's signed withdrawals (`withdrawManyTypedData`). */
export const withdrawManyWithSignatureCall = (
  domain: EscrowDomain,
  { account, withdrawals, nonce, deadline }: WithdrawManyConsent,
  signature: Hex,
): Call => escrowCall(domain, "withdrawManyWithSignature", [account, withdrawals, nonce, BigInt(deadline), signature]);

/** The caller puts `amount` base units of its tokens, by its allowance, or of ETH into the credit of `account`. */
export const depositCall = (domain: EscrowDomain, account: Address, token: Address, amount: bigint): Call =>
  escrowCall(domain, "deposit", [account, token, amount], token === zeroAddress ? amount : 0n);

/** Anyone relays a signed deposit (`receiveDepositTypedData`). */
export const depositWithAuthorizationCall = (domain: EscrowDomain, deposit: Deposit, signature: Hex): Call =>
  escrowCall(domain, "depositWithAuthorization", [
    ...([deposit.from, deposit.account, deposit.token, deposit.amount] as const),
    ...([BigInt(deposit.validBefore), deposit.salt, signature] as const),
  ]);

/** The account that took a sale's money, or who has its mandate, shares the sale. */
export const distributeCall = (domain: EscrowDomain, sale: Sale): Call =>
  escrowCall(domain, "distribute", [packSale(sale)]);

/** Anyone relays the account's signed sharing of a sale (`distributeTypedData`). */
export const distributeWithSignatureCall = (domain: EscrowDomain, sale: Sale, deadline: number, signature: Hex): Call =>
  escrowCall(domain, "distributeWithSignature", [packSale(sale), BigInt(deadline), signature]);

/** The caller lets `spender` distribute from its credit in `token` (zero: ETH) within limits. */
export const setMandateCall = (domain: EscrowDomain, spender: Address, token: Address, mandate: Mandate): Call =>
  escrowCall(domain, "setMandate", [spender, token, mandate]);

/** Anyone relays an account's signed mandate (`setMandateTypedData`). */
export const setMandateWithSignatureCall = (domain: EscrowDomain, consent: MandateConsent, signature: Hex): Call =>
  escrowCall(domain, "setMandateWithSignature", [
    ...([consent.account, consent.spender, consent.token, consent.mandate] as const),
    ...([consent.nonce, BigInt(consent.deadline), signature] as const),
  ]);

/** The caller burns one of its nonces, so that a signature that carries it is worth nothing. */
export const useNonceCall = (domain: EscrowDomain, nonce: bigint): Call => escrowCall(domain, "useNonce", [nonce]);
