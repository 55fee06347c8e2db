import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address } from "viem";
import { time, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { PartnerKind, PartnerState } from "./rules.ts";

/** Somebody who takes part in sales without selling: who runs a channel, who refers shoppers, who carries parcels. */
@Entity("partner")
export class Partner {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "text" })
  kind!: PartnerKind;
  /** What shoppers and orders name them by: unique, in upper case. */
  @Column({ type: "text" })
  code!: string;
  @Column({ type: "text" })
  name!: string;
  @Column({ type: "uuid" })
  ownerId!: Id;
  /** Has the credit of their share; in EIP-55 case. */
  @Column({ type: "text" })
  payee!: Address;
  /** An agent's share of a sale they referred, in parts per million; staff say it. */
  @whole()
  commissionPpm!: number;
  @Column({ type: "text" })
  state!: PartnerState;
  /** What staff said when they decided. */
  @Column({ type: "text" })
  note!: string;
  @Column({ type: "uuid", nullable: true })
  reviewedBy!: Id | null;
  @time({ nullable: true })
  reviewedAt!: number | null;
  @time()
  createdAt!: number;
}
