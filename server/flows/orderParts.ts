import type { ReadContext } from "../core/db/context.ts";
import type { Id } from "../core/ids.ts";
import * as orderBook from "../modules/orders/index.ts";
import {
  type LineProgress,
  lineShares,
  type OrderLine,
  type OrderRefundLine,
  type RefundWithLines,
  requestOf,
  type ShipmentWithLines,
} from "../modules/orders/index.ts";
import type { EscrowOrder, PaymentRequest } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";

/** A refund with what became of the requests it made. */
export interface KnownRefund extends RefundWithLines {
  readonly requests: readonly PaymentRequest[];
}

/** What was sent and what was given back of an order, piece by piece. */
export interface OrderParts {
  readonly shipments: readonly ShipmentWithLines[];
  readonly refunds: readonly KnownRefund[];
  /** In the order of good ids. */
  readonly lines: readonly LineProgress[];
}

type Whole = Pick<EscrowOrder, "orderId" | "amount">;

/** Reads the parts of an order; whoever decides by them holds its lock. */
export async function partsOf(ctx: ReadContext, order: Whole): Promise<OrderParts> {
  const [parts] = (await partsOfAll(ctx, [order])).values();
  return parts ?? { shipments: [], refunds: [], lines: [] };
}

/** Reads the parts of these orders, by order: as many statements as for one. */
export async function partsOfAll(ctx: ReadContext, orders: readonly Whole[]): Promise<ReadonlyMap<Id, OrderParts>> {
  const ids = orders.map(({ orderId }) => orderId);
  const linesOf = await orderBook.linesOf(ctx, ids);
  const shipmentsOf = await orderBook.shipmentsOf(ctx, ids);
  const refundsOf = await orderBook.refundsOf(ctx, ids);
  const requests = await payments.requestsByIds(ctx, [...refundsOf.values()].flat().flatMap(requestIdsOf));
  return new Map(
    orders.map(({ orderId, amount }) => {
      const shipments = shipmentsOf.get(orderId) ?? [];
      const refunds = (refundsOf.get(orderId) ?? []).map((refund) => ({
        ...refund,
        requests: requestIdsOf(refund).flatMap((id) => requests.get(id) ?? []),
      }));
      return [orderId, { shipments, refunds, lines: progress(linesOf.get(orderId) ?? [], amount, shipments, refunds) }];
    }),
  );
}

const requestIdsOf = ({ voidRequestId, refundRequestId }: RefundWithLines): Id[] =>
  [voidRequestId, refundRequestId].filter((id) => id !== null);

/** What became of refunded pieces: `open` until the chain gave the money back, `dropped` where it never will. */
export function stateOf(refund: KnownRefund, line: Pick<OrderRefundLine, "shipped">): PaymentRequest["state"] {
  const id = requestOf(refund, line);
  return refund.requests.find((request) => request.id === id)?.state ?? "done";
}

function progress(
  lines: readonly OrderLine[],
  amount: bigint,
  shipments: readonly ShipmentWithLines[],
  refunds: readonly KnownRefund[],
): LineProgress[] {
  const shipped = counted(shipments.flatMap((shipment) => shipment.lines));
  const standing = refunds.flatMap((refund) => refund.lines.filter((line) => stateOf(refund, line) !== "dropped"));
  const refundedUnshipped = counted(standing.filter((line) => !line.shipped));
  const refundedShipped = counted(standing.filter((line) => line.shipped));
  const shares = lineShares(
    amount,
    lines.map(({ goodId, count, total, freight }) => ({ goodId, count, value: total + freight })),
  );
  return lines.map(({ goodId, count }) => ({
    ...{ goodId, count, share: shares.get(goodId) ?? 0n },
    shipped: shipped.get(goodId) ?? 0,
    refundedUnshipped: refundedUnshipped.get(goodId) ?? 0,
    refundedShipped: refundedShipped.get(goodId) ?? 0,
  }));
}

function counted(pieces: readonly orderBook.Pieces[]): ReadonlyMap<Id, number> {
  const counts = new Map<Id, number>();
  for (const { goodId, count } of pieces) counts.set(goodId, (counts.get(goodId) ?? 0) + count);
  return counts;
}
