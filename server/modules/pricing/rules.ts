import type { Id } from "../../core/ids.ts";
import { type Currency, type Minor, sumMinor, timesMinor } from "../../core/money.ts";

/** Some of one good at its price in a channel. */
export interface LineToPrice {
  readonly goodId: Id;
  readonly merchantId: Id;
  readonly name: string;
  readonly count: number;
  /** Minor units, of one piece. */
  readonly price: Minor;
  /** Minor units: what sending one piece costs. */
  readonly pieceFreight: Minor;
}

export interface QuotedLine extends LineToPrice {
  /** Minor units: price × count. */
  readonly total: Minor;
  /** Minor units: pieceFreight × count. It is in the order's freight, not in `total`. */
  readonly freight: Minor;
}

/** What one merchant's part of a basket costs; it becomes one order. Amounts in minor units. */
export interface MerchantQuote {
  readonly merchantId: Id;
  readonly lines: readonly QuotedLine[];
  readonly goodsTotal: Minor;
  /** The express type's flat freight and the freights of the lines. */
  readonly freight: Minor;
  readonly total: Minor;
}

/** What a basket costs. Amounts in minor units of `currency`; each sum is the sum of its parts. */
export interface Quote {
  readonly currency: Currency;
  /** In the order of merchant ids, each with its lines in the order of good ids: the order in which rows are locked. */
  readonly merchants: readonly MerchantQuote[];
  readonly goodsTotal: Minor;
  readonly freight: Minor;
  readonly total: Minor;
}

/**
 * Prices a basket of one channel: a part per merchant, each with the flat freight of the express type and that of its lines.
 * @throws RangeError when a sum leaves the safe integers
 */
export function quote(
  lines: readonly LineToPrice[],
  { freightMinor }: { readonly freightMinor: Minor },
  { currency }: { readonly currency: Currency },
): Quote {
  const byMerchant = Map.groupBy(lines, ({ merchantId }) => merchantId);
  const merchants = [...byMerchant]
    .map(([merchantId, own]) => merchantQuote(merchantId, own, freightMinor))
    .sort((a, b) => (a.merchantId < b.merchantId ? -1 : 1));
  return {
    currency,
    merchants,
    goodsTotal: sumMinor(merchants.map((part) => part.goodsTotal)),
    freight: sumMinor(merchants.map((part) => part.freight)),
    total: sumMinor(merchants.map((part) => part.total)),
  };
}

function merchantQuote(merchantId: Id, own: readonly LineToPrice[], flat: Minor): MerchantQuote {
  const lines = own
    .map((line) => ({
      ...line,
      total: timesMinor(line.price, line.count),
      freight: timesMinor(line.pieceFreight, line.count),
    }))
    .sort((a, b) => (a.goodId < b.goodId ? -1 : 1));
  const goodsTotal = sumMinor(lines.map(({ total }) => total));
  const freight = sumMinor([flat, ...lines.map((line) => line.freight)]);
  return { merchantId, lines, goodsTotal, freight, total: sumMinor([goodsTotal, freight]) };
}
