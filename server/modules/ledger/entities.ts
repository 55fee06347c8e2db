import { Column, Entity, PrimaryColumn } from "typeorm";
import { time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { LedgerKind } from "../../protocol/positions.ts";

/** `{kind}:{owner}:{chain id}:{token}`, with its parts for finding it. */
@Entity("ledger_account")
export class LedgerAccount {
  @PrimaryColumn({ type: "text" })
  name!: string;
  @Column({ type: "text" })
  kind!: LedgerKind;
  /** A lower-case address, or an order's terms hash. */
  @Column({ type: "text" })
  owner!: string;
  @whole()
  chainId!: number;
  /** In lower case. */
  @Column({ type: "text" })
  token!: string;
  /** Base units: the sum of all its postings. */
  @tokenAmount()
  balance!: bigint;
  @whole()
  version!: number;
}

/** One event that moved money, as postings that sum to zero in every asset. */
@Entity("journal")
export class Journal {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  /** What makes it happen once. */
  @Column({ type: "text" })
  key!: string;
  @whole()
  chainId!: number;
  @Column({ type: "text" })
  blockHash!: string;
  @whole()
  height!: number;
  @Column({ type: "uuid", nullable: true })
  orderId!: Id | null;
  /** Of what it is where it is of no order of ours: an order by the chain's id, or an account with its token. */
  @Column({ type: "text", nullable: true })
  subject!: string | null;
  @time()
  createdAt!: number;
}

@Entity("posting")
export class Posting {
  @PrimaryColumn({ type: "uuid" })
  journalId!: Id;
  @PrimaryColumn({ type: "text" })
  account!: string;
  /** Base units, never zero. */
  @tokenAmount()
  amount!: bigint;
  /** The journal's, so that what is not yet final can be summed per account. */
  @whole()
  height!: number;
}
