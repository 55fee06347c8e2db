import { Column, Entity, PrimaryColumn } from "typeorm";
import { time, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { ReservationState } from "./rules.ts";

/** How many pieces of a good there are, and how many of them orders hold. Changed by guarded updates only. */
@Entity("stock_level")
export class StockLevel {
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  /** Pieces in the house, reserved ones included. */
  @whole()
  onHand!: number;
  @whole()
  reserved!: number;
  @time()
  updatedAt!: number;
}

/** What one order holds of one good. */
@Entity("reservation")
export class Reservation {
  @PrimaryColumn({ type: "uuid" })
  orderId!: Id;
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  @whole()
  count!: number;
  /** Of `count`: pieces that were put back into stock after they were taken. */
  @whole()
  returned!: number;
  @Column({ type: "text" })
  state!: ReservationState;
  /** When the order expires unless it is paid, epoch milliseconds. */
  @time()
  until!: number;
}
