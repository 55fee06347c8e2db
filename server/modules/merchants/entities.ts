import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address } from "viem";
import { time } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";

/** Somebody who sells: one catalogue, and one address that has the credit of its sales. */
@Entity("merchant")
export class Merchant {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "text" })
  name!: string;
  @Column({ type: "uuid" })
  ownerId!: Id;
  /** In EIP-55 case. */
  @Column({ type: "text" })
  payee!: Address;
  @time()
  createdAt!: number;
}
