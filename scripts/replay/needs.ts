import type { GoodPlan, Plan } from "./plan.ts";
import type { OrderRow } from "./read.ts";

/** A good with the pieces that will be sold, and the channels they will be sold on. */
export interface GoodNeed {
  readonly good: GoodPlan;
  pieces: number;
  readonly channels: Set<number>;
}

/** A merchant and the channel it sells by. */
export interface Pair {
  readonly sellerId: string;
  readonly channel: number;
}

/** Whom and what the orders of a plan need, by their ids in the files; goods by seller and then by their keys. */
export function needsOf({ played }: Plan) {
  const goods = new Map<string, Map<string, GoodNeed>>();
  const pairs = new Map<string, Pair>();
  const shoppers = new Map<string, OrderRow>();
  for (const { row, parts, channel } of played) {
    shoppers.set(row.customerId, row);
    for (const { sellerId, lines } of parts) {
      pairs.set(`${sellerId} ${channel}`, { sellerId, channel });
      const own = goods.get(sellerId) ?? new Map<string, GoodNeed>();
      goods.set(sellerId, own);
      for (const { good, count } of lines) {
        const need = own.get(good.key) ?? { good, pieces: 0, channels: new Set<number>() };
        own.set(good.key, need);
        need.pieces += count;
        need.channels.add(channel);
      }
    }
  }
  return { goods, pairs, shoppers };
}
