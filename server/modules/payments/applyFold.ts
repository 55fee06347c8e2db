import type { Hex } from "viem";
import type { Context } from "../../core/db/context.ts";
import type { OrderFold } from "../../protocol/fold.ts";
import { EscrowOrder } from "./entities.ts";
import { paymentProblems } from "./problems.ts";
import { closeRequests } from "./requests.ts";
import { type Confidence, type PaymentChange, type PaymentSnapshot, snapshotOf } from "./rules.ts";

/** What the chain says of one order now. */
export interface FoldedOrder {
  readonly chainId: number;
  /** The order's name on the chain. */
  readonly termsHash: Hex;
  /** Of all its logs; undefined when it has none, as after a reorg took them away. */
  readonly fold: OrderFold | undefined;
  /** Of its newest log. */
  readonly confidence: Confidence;
}

/**
 * Writes what an order's logs say, in the listener's own transaction; `recordPayment` is told what changed next.
 * @returns undefined when no order of ours has these terms
 * @throws conflict when somebody else wrote meanwhile; the transaction is to run again
 */
export async function applyFold(ctx: Context, folded: FoldedOrder): Promise<PaymentChange | undefined> {
  const { chainId, termsHash } = folded;
  const row = await ctx.db.findOneBy(EscrowOrder, { termsHash, chainId });
  if (row === null) return undefined;
  const before = snapshot(row);
  const after = snapshotOf(folded.fold, folded.confidence);
  const change = { orderId: row.orderId, before, after };
  if (isSame(before, after)) return change;

  const { affected } = await ctx.db.update(
    EscrowOrder,
    { orderId: row.orderId, version: row.version },
    { ...after, version: row.version + 1, updatedAt: ctx.clock.now() },
  );
  if (affected !== 1) throw paymentProblems.payment_moved("Its state was written by somebody else meanwhile.");
  await closeRequests(ctx, change);
  return change;
}

/** What the chain is known to say of an order. */
export const snapshot = (row: EscrowOrder): PaymentSnapshot => ({
  state: row.state,
  confidence: row.confidence,
  held: row.held,
  captured: row.captured,
  released: row.released,
  returned: row.returned,
  releaseAtS: row.releaseAtS,
  broken: row.broken,
});

const FIELDS = [
  "state",
  "confidence",
  "held",
  "captured",
  "released",
  "returned",
  "releaseAtS",
  "broken",
] as const satisfies readonly (keyof PaymentSnapshot)[];

const isSame = (a: PaymentSnapshot, b: PaymentSnapshot): boolean => FIELDS.every((field) => a[field] === b[field]);
