import type { Address } from "viem";
import type { CreditEvent, MandateSetEvent } from "./decode.ts";
import { type OrderFold, ROUTE } from "./fold.ts";
import { partsOwed } from "./sale.ts";
import { earned } from "./split.ts";

/**
 * Where a credit comes from: `earned` by legs of orders, `returned` to a payer whose wallet it did not reach, `deposited`,
 * or `distributed` of sales paid elsewhere.
 */
const INTO = ["earned", "returned", "deposited", "distributed"] as const;
/**
 * Where a credit goes: `paid` for orders, `refunded` after release at the merchant's cost, `debited` for own sales paid
 * elsewhere, or `withdrawn`.
 */
const OUT_OF = ["paid", "refunded", "debited", "withdrawn"] as const;
type CreditReason = (typeof INTO)[number] | (typeof OUT_OF)[number];

/** One change of one credit; the amount, in base units, is never negative. */
export type CreditChange = {
  readonly account: Address;
  readonly token: Address;
  readonly reason: CreditReason;
  readonly amount: bigint;
};

/** What an account has of a token, in base units: the sum of what came in less the sum of what went out. */
export type CreditFold = { readonly account: Address; readonly token: Address; readonly credit: bigint } & Readonly<
  Record<CreditReason, bigint>
>;

/** By how much a change moves its credit. */
export const signed = ({ reason, amount }: CreditChange): bigint =>
  (OUT_OF as readonly CreditReason[]).includes(reason) ? -amount : amount;

/** How a credit is named: `account:token`, in lower case. */
export const creditKey = (account: string, token: string): string => `${account}:${token}`.toLowerCase();

/** What one order has done to credits so far, without zeros. */
export function orderCredits(order: OrderFold): CreditChange[] {
  const { terms } = order;
  if (!terms) return [];
  const { payer, token, legs } = terms;
  const merchant = legs[0]?.account ?? payer;
  const shares = earned(order.released, legs).map(
    (amount, at): CreditChange => ({ account: legs[at]?.account ?? payer, token, reason: "earned", amount }),
  );
  const paid = order.route === ROUTE.credit ? terms.amount : 0n;
  const changes: CreditChange[] = [
    { account: payer, token, reason: "paid", amount: paid },
    ...shares,
    { account: payer, token, reason: "returned", amount: order.returnedCredited },
    { account: merchant, token, reason: "refunded", amount: order.refundedFromCredit },
  ];
  return changes.filter(({ amount }) => amount > 0n);
}

/** What an event that is of no order does to credits, without zeros. */
export function eventCredits(event: CreditEvent): CreditChange[] {
  if (event.kind !== "distributed") {
    const { account, token, amount, kind } = event;
    return amount > 0n ? [{ account, token, reason: kind, amount }] : [];
  }
  const { account, sale, debited } = event;
  const { token } = sale;
  const parts = partsOwed(sale).map((part): CreditChange => ({ ...part, token, reason: "distributed" }));
  const debit: CreditChange = { account, token, reason: "debited", amount: debited };
  return [debit, ...parts].filter(({ amount }) => amount > 0n);
}

/**
 * The credit of every account and token that ever had any, from the folds of all orders and all events of none: what
 * `creditOf` answers.
 * @returns by `creditKey`
 */
export function foldCredits(
  orders: Iterable<OrderFold>,
  events: Iterable<CreditEvent>,
): ReadonlyMap<string, CreditFold> {
  const folds = new Map<string, CreditFold>();
  const add = (change: CreditChange): void => {
    const { account, token, reason, amount } = change;
    const key = creditKey(account, token);
    const fold = folds.get(key) ?? { ...NOTHING, account, token };
    folds.set(key, { ...fold, [reason]: fold[reason] + amount, credit: fold.credit + signed(change) });
  };
  for (const order of orders) orderCredits(order).forEach(add);
  for (const event of events) eventCredits(event).forEach(add);
  return folds;
}

const NOTHING = Object.fromEntries(["credit", ...INTO, ...OUT_OF].map((name) => [name, 0n])) as Omit<
  CreditFold,
  "account" | "token"
>;

/**
 * The mandates as they were last set, by `account:spender:token` in lower case. How much of a period is spent no event
 * says: a distribution does not name who asked for it.
 */
export const foldMandates = (events: Iterable<MandateSetEvent>): ReadonlyMap<string, MandateSetEvent> =>
  new Map(
    [...events].map((event) => [`${event.account}:${event.spender}:${event.token}`.toLowerCase(), event] as const),
  );
