import { Entity, PrimaryColumn } from "typeorm";
import { money, time, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";

/** Some of one good that a user means to buy on one channel. */
@Entity("cart_line")
export class CartLine {
  @PrimaryColumn({ type: "uuid" })
  userId!: Id;
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  @PrimaryColumn({ type: "uuid" })
  channelId!: Id;
  @whole()
  count!: number;
  /** What one piece cost when the line was last set, in minor units of the channel's currency. */
  @money()
  seenPrice!: Minor;
  @time()
  addedAt!: number;
}
