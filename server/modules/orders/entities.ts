import { Column, Entity, PrimaryColumn } from "typeorm";
import { json, money, time, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { Currency, Minor } from "../../core/money.ts";
import type { Breakdown } from "../settlement/index.ts";
import type { FulfilmentState, OrderState, ShippingAddress } from "./rules.ts";

/** What one shopper bought of one merchant in one channel, at one checkout. Amounts in minor units of `currency`. */
@Entity("shop_order")
export class Order {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  /** The number people read to each other. */
  @Column({ type: "text" })
  orderSn!: string;
  @Column({ type: "uuid" })
  userId!: Id;
  @Column({ type: "uuid" })
  merchantId!: Id;
  @Column({ type: "uuid" })
  channelId!: Id;
  @Column({ type: "uuid" })
  paymentId!: Id;
  @Column({ type: "text" })
  currency!: Currency;
  @money()
  goodsTotal!: Minor;
  @money()
  freight!: Minor;
  /** goodsTotal + freight */
  @money()
  total!: Minor;
  @Column({ type: "text" })
  expressType!: string;
  /** The agent who referred the shopper, a partner. */
  @Column({ type: "uuid", nullable: true })
  agentId!: Id | null;
  /** Who earns what of it, as it was agreed at checkout; null for orders older than this was kept. */
  @json({ nullable: true })
  breakdown!: Breakdown | null;
  /** A copy of its own: the shopper's book may change. */
  @json()
  address!: ShippingAddress;
  @Column({ type: "text" })
  state!: OrderState;
  @Column({ type: "text" })
  fulfilment!: FulfilmentState;
  /** When somebody asked for a paid order to be cancelled; the chain has yet to give the money back. */
  @time({ nullable: true })
  cancelAskedAt!: number | null;
  @time()
  createdAt!: number;
  @time()
  updatedAt!: number;
}

/** An order without what only its pages show. */
export type OrderHead = Pick<
  Order,
  "id" | "orderSn" | "userId" | "merchantId" | "paymentId" | "currency" | "freight" | "total" | "state" | "fulfilment"
>;

@Entity("order_line")
export class OrderLine {
  @PrimaryColumn({ type: "uuid" })
  orderId!: Id;
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  /** As it was called when it was sold. */
  @Column({ type: "text" })
  name!: string;
  @whole()
  count!: number;
  /** Minor units, of one piece. */
  @money()
  price!: Minor;
  /** Minor units: price × count. */
  @money()
  total!: Minor;
  /** Minor units: what sending these pieces costs; in the order's freight, not in `total`. */
  @money()
  freight!: Minor;
}

/** One change of an order, for ever. */
@Entity("order_history")
export class OrderHistory {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  orderId!: Id;
  /** What happened, such as `order.confirmed`. */
  @Column({ type: "text" })
  event!: string;
  @Column({ type: "text" })
  state!: OrderState;
  @Column({ type: "text" })
  fulfilment!: FulfilmentState;
  /** A user's id, or the part of the house that did it. */
  @Column({ type: "text" })
  actor!: string;
  @Column({ type: "text", nullable: true })
  note!: string | null;
  @time()
  at!: number;
}
