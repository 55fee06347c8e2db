import type { Hex } from "viem";
import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { updateRows } from "../../core/db/updateRows.ts";
import type { Id } from "../../core/ids.ts";
import type { OrderFold } from "../../protocol/fold.ts";
import type { EscrowOrder } from "./entities.ts";
import { paymentProblems } from "./problems.ts";
import { closeRequests } from "./requests.ts";
import { type Confidence, type PaymentChange, type PaymentSnapshot, snapshotOf } from "./rules.ts";

/** What the chain says of one order now. */
export interface FoldedOrder {
  /** The order's name on the chain. */
  readonly termsHash: Hex;
  /** Of all its logs; undefined when it has none, as after a reorg took them away. */
  readonly fold: OrderFold | undefined;
  /** Of its newest log. */
  readonly confidence: Confidence;
}

/**
 * Writes what the logs of orders say, in the listener's own transaction; `recordPayments` is told what changed next.
 * @returns by terms hash what became of each; orders that are not ours are not in it
 * @throws payment_moved when somebody else wrote meanwhile; the transaction is to run again
 */
export async function applyFolds(
  ctx: Context,
  chainId: number,
  folded: readonly FoldedOrder[],
): Promise<ReadonlyMap<Hex, PaymentChange>> {
  if (folded.length === 0) return new Map();
  const hashes = folded.map(({ termsHash }) => termsHash);
  const known = await standingOf(ctx, chainId, hashes);
  const changes = new Map<Hex, PaymentChange>();
  for (const { termsHash, fold, confidence } of folded) {
    const standing = known.get(termsHash);
    if (standing !== undefined) changes.set(termsHash, changeOf(standing, snapshotOf(fold, confidence)));
  }
  await write(
    ctx,
    [...changes.values()].filter(({ before, after }) => !isSame(before, after)),
  );
  return changes;
}

/** What is written of an order that a fold may change. */
interface Standing extends Pick<EscrowOrder, "orderId" | "version"> {
  readonly before: PaymentSnapshot;
}

/** What is written of these orders, by terms hash: without their terms, which nobody asks for here. */
async function standingOf(ctx: Context, chainId: number, hashes: readonly Hex[]): Promise<ReadonlyMap<Hex, Standing>> {
  const { rows } = await sql<StandingColumns>(
    ctx.db,
    `SELECT order_id, terms_hash, state, confidence, held, captured, disputed, released, returned, refunded_released,
       release_at_s, broken, version
     FROM escrow_order WHERE chain_id = :chainId AND terms_hash IN (:hashes)`,
    { chainId, hashes },
  );
  return new Map(
    rows.map((row) => [
      row.terms_hash,
      { orderId: row.order_id, version: Number(row.version), before: writtenIn(row) },
    ]),
  );
}

/** A row as the database gives it. */
interface StandingColumns extends Pick<EscrowOrder, "state" | "confidence" | "broken"> {
  readonly order_id: Id;
  readonly terms_hash: Hex;
  readonly held: string;
  readonly captured: string;
  readonly disputed: string;
  readonly released: string;
  readonly returned: string;
  readonly refunded_released: string;
  readonly release_at_s: number | string;
  readonly version: number | string;
}

const writtenIn = (row: StandingColumns): PaymentSnapshot => ({
  ...{ state: row.state, confidence: row.confidence, broken: row.broken, releaseAtS: Number(row.release_at_s) },
  ...{ held: BigInt(row.held), captured: BigInt(row.captured), disputed: BigInt(row.disputed) },
  ...{ released: BigInt(row.released), returned: BigInt(row.returned) },
  refundedReleased: BigInt(row.refunded_released),
});

function changeOf({ orderId, version, before }: Standing, after: PaymentSnapshot): PaymentChange {
  return { orderId, before, after, version: isSame(before, after) ? version : version + 1 };
}

async function write(ctx: Context, changes: readonly PaymentChange[]): Promise<void> {
  const now = ctx.clock.now();
  const rows = changes.map(({ orderId, after: { refundedReleased, releaseAtS, ...after }, version }) => ({
    was: { order_id: orderId, version: version - 1 },
    next: {
      ...{ state: after.state, confidence: after.confidence, held: after.held, captured: after.captured },
      ...{ disputed: after.disputed, released: after.released, returned: after.returned, broken: after.broken },
      ...{ refunded_released: refundedReleased, release_at_s: releaseAtS, version, updated_at: now },
    },
  }));
  if ((await updateRows(ctx.db, "escrow_order", rows)) !== rows.length)
    throw paymentProblems.payment_moved("Its state was written by somebody else meanwhile.");
  await closeRequests(ctx, changes);
}

/** What the chain is known to say of an order. */
export const snapshot = (row: EscrowOrder): PaymentSnapshot => ({
  state: row.state,
  confidence: row.confidence,
  held: row.held,
  captured: row.captured,
  disputed: row.disputed,
  released: row.released,
  returned: row.returned,
  refundedReleased: row.refundedReleased,
  releaseAtS: row.releaseAtS,
  broken: row.broken,
});

const FIELDS = [
  "state",
  "confidence",
  "held",
  "captured",
  "disputed",
  "released",
  "returned",
  "refundedReleased",
  "releaseAtS",
  "broken",
] as const satisfies readonly (keyof PaymentSnapshot)[];

const isSame = (a: PaymentSnapshot, b: PaymentSnapshot): boolean => FIELDS.every((field) => a[field] === b[field]);
