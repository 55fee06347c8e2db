import type { Id } from "../../core/ids.ts";

/** reserved -> taken at confirmed -> released when voided; reserved -> released at expiry and cancel. */
export type ReservationState = "reserved" | "taken" | "released";

/** Some pieces of one good. */
export interface StockLine {
  readonly goodId: Id;
  readonly count: number;
}

/** One line per good, in the order of ids: whoever locks rows in this order never waits in a circle. */
export function mergedInIdOrder(lines: readonly StockLine[]): StockLine[] {
  const counts = new Map<Id, number>();
  for (const { goodId, count } of lines) counts.set(goodId, (counts.get(goodId) ?? 0) + count);
  return [...counts].map(([goodId, count]) => ({ goodId, count })).sort((a, b) => (a.goodId < b.goodId ? -1 : 1));
}
