import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";

/** A line of an order by what it weighs in the order's amount. */
export interface WeighedLine {
  readonly goodId: Id;
  /** Pieces. */
  readonly count: number;
  /** Minor units: price and freight of all its pieces. */
  readonly value: Minor;
}

/** How far the pieces of one line are. Of `count`, `shipped` and `refundedUnshipped` have no piece in common. */
export interface LineProgress {
  readonly goodId: Id;
  readonly count: number;
  /** Base units: the line's part of the order's amount. */
  readonly share: bigint;
  readonly shipped: number;
  /** Refunded before they were sent. */
  readonly refundedUnshipped: number;
  /** Refunded after they were sent; at most `shipped`. */
  readonly refundedShipped: number;
}

/**
 * Each line's part of an order's amount, the flat freight spread with it: up to and with a line, the parts sum to
 * floor(amount × value so far / value of all). So they sum to `amount`. Where nothing has a value, pieces count.
 * @param amount base units of the order's token
 */
export function lineShares(amount: bigint, lines: readonly WeighedLine[]): ReadonlyMap<Id, bigint> {
  const sorted = [...lines].sort((a, b) => (a.goodId < b.goodId ? -1 : 1));
  const byValue = sorted.some(({ value }) => value > 0);
  const weights = sorted.map(({ value, count }) => BigInt(byValue ? value : count));
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  let weighed = 0n;
  let given = 0n;
  return new Map(
    sorted.map(({ goodId }, at) => {
      weighed += weights[at] ?? 0n;
      const upTo = (amount * weighed) / whole;
      const share = upTo - given;
      given = upTo;
      return [goodId, share];
    }),
  );
}

/**
 * What pieces `from` to `to` of a line are worth, counted from 0, `to` not among them. Every piece has a worth of its
 * own, and those of a line sum to its share; so no order of shipments and refunds changes a total.
 * @returns base units
 */
function worth({ share, count }: LineProgress, from: number, to: number): bigint {
  const upTo = (pieces: number) => (share * BigInt(pieces)) / BigInt(count);
  return upTo(to) - upTo(from);
}

/** Pieces that are neither sent nor refunded. */
export const unsent = ({ count, shipped, refundedUnshipped }: LineProgress): number =>
  count - shipped - refundedUnshipped;

/** Pieces that were sent and not refunded since. */
export const kept = ({ shipped, refundedShipped }: LineProgress): number => shipped - refundedShipped;

/** Base units that the pieces which are neither sent nor refunded are worth: what should still be held for them. */
export const worthOfUnsent = (line: LineProgress): bigint =>
  worth(line, line.shipped, line.count - line.refundedUnshipped);

/** Base units of the next `pieces` to be refunded before they are sent: from the end, shipments start at the front. */
export const worthOfUnsentRefund = (line: LineProgress, pieces: number): bigint => {
  const end = line.count - line.refundedUnshipped;
  return worth(line, end - pieces, end);
};

/** Base units of the next `pieces` to be refunded of those that were sent. */
export const worthOfShippedRefund = (line: LineProgress, pieces: number): bigint =>
  worth(line, line.refundedShipped, line.refundedShipped + pieces);

/** Base units of everything refunded of a line so far. */
export const refundedWorth = (line: LineProgress): bigint =>
  worth(line, 0, line.refundedShipped) + worth(line, line.count - line.refundedUnshipped, line.count);

/**
 * What a shipment captures: all that is held but what the pieces still to be sent are worth. Together the shipments
 * of an order capture exactly what was not given back, also where an earlier capture was lost or money was refunded
 * beside the lines.
 * @param held  base units in the escrow
 * @param lines as they are once the shipment is counted
 */
export function captureFor(held: bigint, lines: readonly LineProgress[]): bigint {
  const stays = lines.reduce((sum, line) => sum + worthOfUnsent(line), 0n);
  return held > stays ? held - stays : 0n;
}
