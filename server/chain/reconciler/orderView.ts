import { type OrderFold, returnedBeforeRelease } from "../../protocol/fold.ts";
import type { OrderOnChain } from "../views.ts";

export type Amounts = Readonly<Record<string, bigint | string>>;

/** The fields that are wrong, on both sides in words; undefined where none is. */
export function wrongOf(expected: Amounts, actual: Amounts): { expected: string; actual: string } | undefined {
  const wrong = Object.keys(expected).filter((name) => expected[name] !== actual[name]);
  if (wrong.length === 0) return undefined;
  const said = (amounts: Amounts) => wrong.map((name) => `${name} ${amounts[name]}`).join(", ");
  return { expected: said(expected), actual: said(actual) };
}

/** What the view of an order must say by the order's logs. */
export const viewOf = (fold: OrderFold | undefined): OrderOnChain =>
  fold === undefined
    ? NEVER_USED
    : {
        used: fold.terms !== undefined || fold.cancelled,
        ...{ held: fold.held, captured: fold.captured, releaseAt: fold.releaseAt },
        ...{ disputed: fold.disputed, rulingBy: fold.rulingBy, round: fold.round },
        ...{ returned: returnedBeforeRelease(fold), refunded: fold.refundedReleased },
      };

/** An order that nobody authorized or cancelled. */
export const NEVER_USED: OrderOnChain = {
  used: false,
  ...{ held: 0n, captured: 0n, releaseAt: 0, disputed: 0n, rulingBy: 0, round: 0, returned: 0n, refunded: 0n },
};

/** Named quantities, so that two of them can be compared. */
export const amountsOf = (amounts: object): Amounts =>
  Object.fromEntries(
    Object.entries(amounts).map(([name, value]) => [name, typeof value === "bigint" ? value : String(value)]),
  );
