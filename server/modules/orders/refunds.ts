import { Column, Entity, In, IsNull, PrimaryColumn } from "typeorm";
import { time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import { nameOf } from "./service.ts";
import type { Pieces } from "./shipments.ts";

/** Money of an order that its seller gave back: for pieces, or for none in particular. */
@Entity("order_refund")
export class OrderRefund {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  orderId!: Id;
  /** Base units of the order's token. */
  @tokenAmount()
  amount!: bigint;
  @Column({ type: "text", nullable: true })
  reason!: string | null;
  /** The payment request that gives back what is held; null where nothing of it was. */
  @Column({ type: "uuid", nullable: true })
  voidRequestId!: Id | null;
  /** The payment request that gives back what is captured; null where nothing of it was. */
  @Column({ type: "uuid", nullable: true })
  refundRequestId!: Id | null;
  /** Who gave it back: a user's id, or the part of the house. */
  @Column({ type: "text" })
  askedBy!: string;
  @time()
  createdAt!: number;
}

/** Pieces of one line that were refunded, all of them sent or all of them not. */
@Entity("order_refund_line")
export class OrderRefundLine {
  @PrimaryColumn({ type: "uuid" })
  refundId!: Id;
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  /** Whether the pieces had been sent. */
  @PrimaryColumn({ type: "boolean" })
  shipped!: boolean;
  @whole()
  count!: number;
  /** Base units. */
  @tokenAmount()
  amount!: bigint;
  /** Whether the pieces go back to stock once the money went back. */
  @Column({ type: "boolean" })
  restock!: boolean;
  @time({ nullable: true })
  restockedAt!: number | null;
}

/** What is refunded of one line. */
export interface RefundedPieces extends Pieces {
  readonly shipped: boolean;
  /** Base units. */
  readonly amount: bigint;
  readonly restock: boolean;
}

export interface NewRefund {
  readonly orderId: Id;
  /** Base units. */
  readonly amount: bigint;
  readonly reason?: string | undefined;
  readonly voidRequestId: Id | null;
  readonly refundRequestId: Id | null;
  readonly lines: readonly RefundedPieces[];
}

/** A refund with the pieces it was for. */
export type RefundWithLines = OrderRefund & { readonly lines: readonly OrderRefundLine[] };

/** Writes a refund down. That no piece is refunded twice is the caller's to see, who holds the order's lock. */
export async function addRefund(ctx: Context, { lines, reason, ...refund }: NewRefund): Promise<RefundWithLines> {
  const id = newId();
  const row = {
    ...{ ...refund, id, reason: reason ?? null },
    ...{ askedBy: nameOf(ctx.actor), createdAt: ctx.clock.now() },
  };
  const rows = lines.map((line) => ({ ...line, refundId: id, restockedAt: null }));
  await ctx.db.insert(OrderRefund, row);
  if (rows.length > 0) await ctx.db.insert(OrderRefundLine, rows);
  return { ...row, lines: rows };
}

/** Those of these orders that have refunds. */
export async function withRefunds(ctx: ReadContext, orderIds: readonly Id[]): Promise<ReadonlySet<Id>> {
  const { rows } = await sql<{ order_id: Id }>(
    ctx.db,
    "SELECT DISTINCT order_id FROM order_refund WHERE order_id IN (:orderIds)",
    { orderIds },
  );
  return new Set(rows.map(({ order_id }) => order_id));
}

/** The refunds of these orders by order, oldest first. */
export async function refundsOf(
  ctx: ReadContext,
  orderIds: readonly Id[],
): Promise<ReadonlyMap<Id, readonly RefundWithLines[]>> {
  const refunds = await ctx.db.find(OrderRefund, { where: { orderId: In(orderIds) }, order: { id: "ASC" } });
  if (refunds.length === 0) return new Map();
  const lines = await ctx.db.find(OrderRefundLine, {
    where: { refundId: In(refunds.map(({ id }) => id)) },
    order: { goodId: "ASC", shipped: "ASC" },
  });
  const of = Map.groupBy(lines, ({ refundId }) => refundId);
  const whole = refunds.map((refund) => ({ ...refund, lines: of.get(refund.id) ?? [] }));
  return Map.groupBy(whole, ({ orderId }) => orderId);
}

/** The payment request whose end decides over refunded pieces; null where they were worth nothing. */
export const requestOf = (refund: OrderRefund, { shipped }: Pick<OrderRefundLine, "shipped">): Id | null =>
  shipped ? refund.refundRequestId : refund.voidRequestId;

/** Notes that the pieces are back in stock. @returns false when that was noted before */
export async function noteRestocked(
  ctx: Context,
  { refundId, goodId, shipped }: Pick<OrderRefundLine, "refundId" | "goodId" | "shipped">,
): Promise<boolean> {
  const { affected } = await ctx.db.update(
    OrderRefundLine,
    { refundId, goodId, shipped, restockedAt: IsNull() },
    { restockedAt: ctx.clock.now() },
  );
  return affected === 1;
}

/** Lets refunds follow a request that was asked for anew. */
export async function followRequest(ctx: Context, orderId: Id, from: Id, to: Id): Promise<void> {
  await ctx.db.update(OrderRefund, { orderId, voidRequestId: from }, { voidRequestId: to });
  await ctx.db.update(OrderRefund, { orderId, refundRequestId: from }, { refundRequestId: to });
}
