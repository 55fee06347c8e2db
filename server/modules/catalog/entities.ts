import { Column, Entity, PrimaryColumn } from "typeorm";
import { money, time } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";

/** Something a merchant sells. */
@Entity("good")
export class Good {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  merchantId!: Id;
  @Column({ type: "text" })
  name!: string;
  @Column({ type: "text" })
  description!: string;
  /** The merchant's own number for it, unique among the merchant's goods. */
  @Column({ type: "text", nullable: true })
  sku!: string | null;
  /** What one piece costs the merchant, in minor units; only the merchant sees it. */
  @money({ nullable: true })
  cost!: Minor | null;
  @time()
  createdAt!: number;
  @time()
  updatedAt!: number;
}

/** A good on one channel: what it costs there, and whether it is for sale. */
@Entity("listing")
export class Listing {
  @PrimaryColumn({ type: "uuid" })
  goodId!: Id;
  @PrimaryColumn({ type: "uuid" })
  channelId!: Id;
  /** Minor units of the channel's currency, tax included. */
  @money()
  price!: Minor;
  /** What sending one piece adds to an order's freight, in minor units of the channel's currency. */
  @money()
  freight!: Minor;
  @Column({ type: "boolean" })
  open!: boolean;
  @time()
  updatedAt!: number;
}
