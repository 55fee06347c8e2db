import type { Address } from "viem";
import { type Currency, type Minor, sumMinor, timesMinor } from "../../core/money.ts";
import { earned } from "../../protocol/split.ts";
import { FIXED, isFixed, LEG_KIND, type Leg, type Terms } from "../../protocol/terms.ts";

/** Who a part of an order goes to. */
export const PART_KINDS = [
  "merchant",
  "channel",
  "agent",
  "carrier",
  "platform",
] as const satisfies readonly (keyof typeof LEG_KIND)[];
export type PartKind = (typeof PART_KINDS)[number];

/** One leg of the terms and what it earns of the whole, in base units; either `ppm` or `fixed` is null. */
export interface Part {
  readonly kind: PartKind;
  readonly account: Address;
  readonly ppm: number | null;
  readonly fixed: string | null;
  readonly amount: string;
}

/** What somebody adds so that the shopper pays less, in minor units. */
export interface Subsidy {
  readonly borne_by: PartKind;
  readonly amount: string;
}

/**
 * Where an order's money goes, frozen at checkout. The first amounts are minor units of `currency`; `amount` and the
 * parts, which sum to it exactly, are base units of `token`.
 */
export interface Breakdown {
  readonly currency: Currency;
  readonly goods: string;
  readonly freight: string;
  readonly paid: string;
  /** What the goods cost the merchant; null unless all of them have a cost. */
  readonly merchant_cost: string | null;
  readonly subsidies: readonly Subsidy[];
  readonly token: Address;
  readonly amount: string;
  readonly parts: readonly Part[];
}

/** What is sold, in minor units. */
export interface Sold {
  readonly currency: Currency;
  readonly goodsTotal: Minor;
  readonly freight: Minor;
  readonly total: Minor;
  readonly lines: readonly {
    readonly count: number;
    /** What one piece costs the merchant, where that is known. */
    readonly cost: Minor | null;
  }[];
}

/** The breakdown of an order by its terms: what each leg has once all of it is released. */
export const breakdownOf = ({ currency, goodsTotal, freight, total, lines }: Sold, terms: Terms): Breakdown => ({
  ...{ currency, goods: String(goodsTotal), freight: String(freight), paid: String(total) },
  ...{ merchant_cost: costOf(lines), subsidies: [], token: terms.token, amount: terms.amount.toString() },
  parts: earned(terms.amount, terms.legs).flatMap((amount, at) => {
    const leg = terms.legs[at];
    return leg === undefined ? [] : [{ ...partOf(leg), amount: amount.toString() }];
  }),
});

function costOf(lines: Sold["lines"]): string | null {
  const costs = lines.flatMap(({ cost, count }) => (cost === null ? [] : [timesMinor(cost, count)]));
  return costs.length < lines.length ? null : String(sumMinor(costs));
}

function partOf(leg: Leg): Omit<Part, "amount"> {
  const kind = PART_KINDS.find((name) => LEG_KIND[name] === (leg.kind & ~FIXED));
  if (kind === undefined) throw new RangeError(`no leg is of kind ${leg.kind}`);
  const share = isFixed(leg) ? { ppm: null, fixed: leg.share.toString() } : { ppm: Number(leg.share), fixed: null };
  return { kind, account: leg.account, ...share };
}
