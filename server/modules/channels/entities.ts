import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address } from "viem";
import { time, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { Currency } from "../../core/money.ts";
import type { ChannelType } from "./rules.ts";

/** A place where goods are sold, with a currency and a share of each sale of its own. */
@Entity("channel")
export class Channel {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  /** What people write in an address: unique, in lower case. */
  @Column({ type: "text" })
  code!: string;
  @Column({ type: "text" })
  name!: string;
  @Column({ type: "text" })
  type!: ChannelType;
  @Column({ type: "text" })
  currency!: Currency;
  /** Has the credit of the commission; in EIP-55 case. */
  @Column({ type: "text" })
  payee!: Address;
  /** The channel's share of each sale, in parts per million. */
  @whole()
  commissionPpm!: number;
  /** Whether it sells now. */
  @Column({ type: "boolean" })
  open!: boolean;
  @time()
  createdAt!: number;
}
