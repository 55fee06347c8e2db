import type { OrderOnChain } from "../../../server/chain/views.ts";
import type { Order } from "../house/shop.ts";

/** A row of `payment_exception`. */
export interface ExceptionRow {
  readonly terms_hash: string;
  readonly kind: string;
  readonly state: string;
}

/** Somebody's order as the contract's storage has it. */
export interface Foreign {
  readonly order: Order;
  readonly truth: OrderOnChain;
  /** Its terms may be used without that: burnt. */
  readonly isPaid: boolean;
  /** Whether the house's key is the one that may void it. */
  readonly isOperated: boolean;
}

/** What was paid to the house by terms that are not its own: found, and back where it came from unless somebody took it. */
export function judgeExceptions(rows: readonly ExceptionRow[], foreign: readonly Foreign[]): string[] {
  const byId = new Map(rows.map((row) => [row.terms_hash, row]));
  const open = rows.filter(({ state }) => state === "open" || state === "returning");
  return [
    ...open.map(({ terms_hash, kind, state }) => `payment_exception ${terms_hash} (${kind}) is still ${state}`),
    ...foreign.flatMap(({ order, truth, isPaid, isOperated }) => {
      const row = byId.get(order.id);
      const complain = (what: string) => [`payment_exception ${order.id} ${what}`];
      if (!row) return isPaid && isOperated ? complain("is missing") : [];
      if (!isPaid) return row.state === "gone" ? [] : complain(`is ${row.state}, though nothing was paid`);
      if (row.state === "gone") return complain("is gone, though it was paid");
      return row.state === "returned" && truth.held > 0n ? complain(`is returned, ${truth.held} are held`) : [];
    }),
  ];
}
