import { Column, Entity, PrimaryColumn } from "typeorm";
import { json, time } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";

/** Something a user is told. */
@Entity("notification")
export class Notification {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  userId!: Id;
  /** What happened, such as `order.paid`. */
  @Column({ type: "text" })
  kind!: string;
  @json()
  payload!: unknown;
  @time()
  createdAt!: number;
}
