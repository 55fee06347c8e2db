import { Column, Entity, In, PrimaryColumn } from "typeorm";
import { time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { type Id, newId } from "../../core/ids.ts";
import { nameOf } from "./service.ts";

/** One parcel of an order. Without lines it is one whose content the seller did not tell. */
@Entity("shipment")
export class Shipment {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  orderId!: Id;
  @Column({ type: "text", nullable: true })
  trackingNo!: string | null;
  /** Base units whose capture was asked for with it; 0 where nothing was held for its pieces. */
  @tokenAmount()
  amount!: bigint;
  /** Who sent it: a user's id, or the part of the house. */
  @Column({ type: "text" })
  shippedBy!: string;
  @time()
  createdAt!: number;
}

@Entity("shipment_line")
export class ShipmentLine {
  @PrimaryColumn({ type: "uuid" })
  shipmentId!: Id;
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  @whole()
  count!: number;
}

/** Some pieces of a line of an order. */
export interface Pieces {
  readonly goodId: Id;
  readonly count: number;
}

/** What is sent at once. */
export interface NewShipment {
  readonly orderId: Id;
  readonly lines: readonly Pieces[];
  readonly trackingNo?: string | undefined;
  /** Base units. */
  readonly amount: bigint;
}

/** A shipment with what is in it. */
export type ShipmentWithLines = Shipment & { readonly lines: readonly ShipmentLine[] };

/** Writes a shipment down. That no piece is sent twice is the caller's to see, who holds the order's lock. */
export async function addShipment(ctx: Context, { lines, trackingNo, ...shipment }: NewShipment): Promise<void> {
  const id = newId();
  await ctx.db.insert(Shipment, {
    ...{ ...shipment, id, trackingNo: trackingNo ?? null },
    ...{ shippedBy: nameOf(ctx.actor), createdAt: ctx.clock.now() },
  });
  if (lines.length === 0) return;
  await ctx.db.insert(
    ShipmentLine,
    lines.map(({ goodId, count }) => ({ shipmentId: id, goodId, count })),
  );
}

/** The shipments of these orders by order, oldest first. */
export async function shipmentsOf(
  ctx: ReadContext,
  orderIds: readonly Id[],
): Promise<ReadonlyMap<Id, readonly ShipmentWithLines[]>> {
  const shipments = await ctx.db.find(Shipment, { where: { orderId: In(orderIds) }, order: { id: "ASC" } });
  if (shipments.length === 0) return new Map();
  const lines = await ctx.db.find(ShipmentLine, {
    where: { shipmentId: In(shipments.map(({ id }) => id)) },
    order: { goodId: "ASC" },
  });
  const of = Map.groupBy(lines, ({ shipmentId }) => shipmentId);
  const whole = shipments.map((shipment) => ({ ...shipment, lines: of.get(shipment.id) ?? [] }));
  return Map.groupBy(whole, ({ orderId }) => orderId);
}
