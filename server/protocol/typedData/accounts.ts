import { type Address, type Hex, hashTypedData } from "viem";
import type { Mandate, Sale } from "../sale.ts";
import { type EscrowDomain, LEG_FIELDS } from "../terms.ts";
import { ACCOUNT, AMOUNT, DEADLINE, escrowTypedData, NONCE, TOKEN, type TypedDataJson, type Until } from "./form.ts";
import { legsMessage } from "./orders.ts";

/** What an account signs to withdraw: `amount` base units of its credit in `token` (zero: ETH), paid out to `to`. */
export type WithdrawalConsent = Until & Withdrawal & { readonly account: Address };

/** One withdrawal of several: `amount` base units of `token` (zero: ETH) to `to`. */
export type Withdrawal = { readonly token: Address; readonly amount: bigint; readonly to: Address };

const TO = { name: "to", type: "address" } as const;

/** An account's signed withdrawal of its credit, for `withdrawWithSignature`. */
export const withdrawTypedData = (domain: EscrowDomain, consent: WithdrawalConsent): TypedDataJson =>
  escrowTypedData(domain, [["Withdraw", [ACCOUNT, TOKEN, AMOUNT, TO, NONCE, DEADLINE]]], {
    ...{ account: consent.account, token: consent.token, amount: consent.amount.toString(), to: consent.to },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

/** What an account signs to withdraw of several tokens, all or none. */
export type WithdrawManyConsent = Until & { readonly account: Address; readonly withdrawals: readonly Withdrawal[] };

/** An account's signed withdrawals, for `withdrawManyWithSignature`. */
export const withdrawManyTypedData = (domain: EscrowDomain, consent: WithdrawManyConsent): TypedDataJson =>
  escrowTypedData(
    domain,
    [
      ["WithdrawMany", [ACCOUNT, { name: "withdrawals", type: "Withdrawal[]" }, NONCE, DEADLINE]],
      ["Withdrawal", [TOKEN, AMOUNT, TO]],
    ],
    {
      account: consent.account,
      withdrawals: consent.withdrawals.map(({ token, amount, to }) => ({ token, amount: amount.toString(), to })),
      ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
    },
  );

/** What `from` puts into the credit of `account`; the token takes it before chain second `validBefore`. */
export type Deposit = {
  readonly from: Address;
  readonly account: Address;
  readonly token: Address;
  readonly amount: bigint;
  readonly validBefore: number;
  /** Makes two deposits of equal content two. */
  readonly salt: bigint;
};

/** What a deposit is; nobody signs it, its digest is the nonce under which the token moves the money. */
export const depositTypedData = (domain: EscrowDomain, deposit: Deposit): TypedDataJson =>
  escrowTypedData(
    domain,
    [
      [
        "Deposit",
        [
          ...[{ name: "from", type: "address" }, ACCOUNT, TOKEN, AMOUNT],
          ...[
            { name: "validBefore", type: "uint256" },
            { name: "salt", type: "uint256" },
          ],
        ],
      ],
    ],
    {
      ...{ from: deposit.from, account: deposit.account, token: deposit.token, amount: deposit.amount.toString() },
      ...{ validBefore: deposit.validBefore.toString(), salt: deposit.salt.toString() },
    },
  );

/** The token's nonce of a deposit (`receiveDepositTypedData`). */
export const depositNonce = (domain: EscrowDomain, deposit: Deposit): Hex =>
  hashTypedData(depositTypedData(domain, deposit));

/** The signed sharing of a sale paid elsewhere, for `distributeWithSignature`; the sale's `ref` makes it good once. */
export const distributeTypedData = (domain: EscrowDomain, sale: Sale, deadline: number): TypedDataJson =>
  escrowTypedData(
    domain,
    [
      ["Distribute", [{ name: "sale", type: "Sale" }, DEADLINE]],
      ["Leg", LEG_FIELDS],
      ["Sale", SALE_FIELDS],
    ],
    {
      sale: { ...sale, gross: sale.gross.toString(), legs: legsMessage(sale.legs) },
      deadline: deadline.toString(),
    },
  );

const SALE_FIELDS = [
  ACCOUNT,
  { name: "operator", type: "address" },
  TOKEN,
  { name: "gross", type: "uint256" },
  { name: "agreement", type: "bytes32" },
  { name: "ref", type: "bytes32" },
  { name: "legs", type: "Leg[]" },
] as const;

/** What an account signs to let `spender` distribute from its credit in `token` (zero: ETH). */
export type MandateConsent = Until & {
  readonly account: Address;
  readonly spender: Address;
  readonly token: Address;
  readonly mandate: Mandate;
};

/** An account's signed mandate, for `setMandateWithSignature`. */
export const setMandateTypedData = (domain: EscrowDomain, consent: MandateConsent): TypedDataJson =>
  escrowTypedData(domain, [["SetMandate", MANDATE_FIELDS]], {
    ...{ account: consent.account, spender: consent.spender, token: consent.token },
    ...{ perCall: consent.mandate.perCall.toString(), perPeriod: consent.mandate.perPeriod.toString() },
    ...{ period: consent.mandate.period, until: consent.mandate.until },
    ...{ nonce: consent.nonce.toString(), deadline: consent.deadline.toString() },
  });

const MANDATE_FIELDS = [
  ACCOUNT,
  { name: "spender", type: "address" },
  TOKEN,
  { name: "perCall", type: "uint88" },
  { name: "perPeriod", type: "uint88" },
  { name: "period", type: "uint32" },
  { name: "until", type: "uint40" },
  NONCE,
  DEADLINE,
] as const;
