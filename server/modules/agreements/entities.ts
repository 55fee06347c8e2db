import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address, Hex } from "viem";
import { json, time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";
import type { AgreementJson } from "../../protocol/agreement.ts";
import type { AgreementState, Confidence } from "./rules.ts";

/** One version of what a merchant, a channel and their partners agreed on. What it says never changes. */
@Entity("agreement")
export class AgreementVersion {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  merchantId!: Id;
  @Column({ type: "uuid" })
  channelId!: Id;
  @whole()
  chainId!: number;
  @Column({ type: "text" })
  escrow!: Address;
  /** The zero address is ETH. */
  @Column({ type: "text" })
  token!: Address;
  /** Counted from 1 per merchant, channel, chain and token. */
  @whole()
  version!: number;
  /** Its name on the chain, which terms carry. */
  @Column({ type: "text" })
  hash!: Hex;
  @json()
  content!: AgreementJson;
  /** What every signatory's acceptance is signed with, one number for all. */
  @tokenAmount()
  nonce!: bigint;
  /** Last chain second at which the escrow takes these acceptances. */
  @whole()
  deadlineS!: number;
  @whole()
  validFromS!: number;
  @whole()
  validUntilS!: number;
  @Column({ type: "uuid" })
  createdBy!: Id;
  @time()
  createdAt!: number;

  @Column({ type: "text" })
  state!: AgreementState;
  /** How deep its newest log lies; null while the chain says nothing. */
  @Column({ type: "text", nullable: true })
  confidence!: Confidence | null;
  /** Who accepted on the chain. */
  @json()
  accepted!: readonly Address[];
  @Column({ type: "text", nullable: true })
  revokedBy!: Address | null;
  /** When the house saw that everybody had accepted. */
  @time({ nullable: true })
  activatedAt!: number | null;
}

/** An account whose acceptance an agreement needs, and its signature where it was handed in. */
@Entity("agreement_signatory")
export class AgreementSignatory {
  @PrimaryColumn({ type: "uuid" })
  agreementId!: Id;
  /** In lower case. */
  @PrimaryColumn({ type: "text" })
  account!: string;
  /** In the order in which the agreement names them. */
  @whole()
  position!: number;
  @Column({ type: "text", nullable: true })
  signature!: Hex | null;
  @time({ nullable: true })
  signedAt!: number | null;
}
