import { Column, Entity, PrimaryColumn } from "typeorm";
import { json, money, time } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { Minor } from "../../core/money.ts";
import type { Option } from "./rules.ts";

/** Something a merchant sells. */
@Entity("good")
export class Good {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  merchantId!: Id;
  @Column({ type: "text" })
  name!: string;
  /** What the shelf is put in order by: the name's beginning, alike in capitals and not. */
  @Column({ type: "text" })
  nameKey!: string;
  @Column({ type: "text" })
  description!: string;
  /** The merchant's own number for it, unique among the merchant's goods. */
  @Column({ type: "text", nullable: true })
  sku!: string | null;
  /** What one piece costs the merchant, in minor units; only the merchant sees it. */
  @money({ nullable: true })
  cost!: Minor | null;
  @Column({ type: "uuid", nullable: true })
  categoryId!: Id | null;
  /** The main good that this one is a kind of; a main good is a variant of nothing. */
  @Column({ type: "uuid", nullable: true })
  variantOf!: Id | null;
  /** What sets a variant apart from its siblings; none for a main good. */
  @json()
  options!: readonly Option[];
  /** The same for the same options in any order and case; unique among siblings. */
  @Column({ type: "text", nullable: true })
  optionsKey!: string | null;
  /** The content hash of the picture that lists show. */
  @Column({ type: "text", nullable: true })
  cover!: string | null;
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
  /** The good it is shown under: itself, or what it is a variant of. */
  @Column({ type: "uuid" })
  mainId!: Id;
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

/** A place in the tree that goods are sorted into. */
@Entity("category")
export class Category {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid", nullable: true })
  parentId!: Id | null;
  /** What people write in an address: unique, in lower case. */
  @Column({ type: "text" })
  slug!: string;
  @Column({ type: "text" })
  nameEn!: string;
  @Column({ type: "text" })
  nameZh!: string;
  @time()
  createdAt!: number;
}
