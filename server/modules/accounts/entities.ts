import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address } from "viem";
import { time } from "../../core/db/columns.ts";
import type { Role } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";

/** Languages the house speaks. */
export type Language = "en" | "zh";

/** A login: by wallets (`UserWallet`), by user name and password, or by both. */
@Entity("app_user")
export class User {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  /** What other people see; empty until the user says one. */
  @Column({ type: "text" })
  name!: string;
  @time()
  createdAt!: number;
  /** As its owner wrote it; set together with the password. */
  @Column({ type: "text", nullable: true })
  username!: string | null;
  /** What makes user names one: see `usernameKey`. */
  @Column({ type: "text", nullable: true })
  usernameKey!: string | null;
  /** Argon2id with its parameters and salt. */
  @Column({ type: "text", nullable: true })
  passwordHash!: string | null;
  /** Only ever an address that has been verified, so nobody can hold somebody else's. */
  @Column({ type: "text", nullable: true })
  email!: string | null;
  /** What makes addresses one: see `emailKey`. */
  @Column({ type: "text", nullable: true })
  emailKey!: string | null;
  @time({ nullable: true })
  emailVerifiedAt!: number | null;
  /** Said, and not verified yet. */
  @Column({ type: "text", nullable: true })
  pendingEmail!: string | null;
  @Column({ type: "text" })
  language!: Language;
  /** IANA. */
  @Column({ type: "text" })
  timeZone!: string;
}

/** A wallet that signs a user in; one wallet is one user's. */
@Entity("user_wallet")
export class UserWallet {
  /** In lower case. */
  @PrimaryColumn({ type: "text" })
  wallet!: Lowercase<Address>;
  @Column({ type: "uuid" })
  userId!: Id;
  @time()
  linkedAt!: number;
  /** The one that pays and is paid unless another is named. */
  @Column({ type: "boolean" })
  isPrimary!: boolean;
}

@Entity("user_role")
export class UserRole {
  @PrimaryColumn({ type: "uuid" })
  userId!: Id;
  @PrimaryColumn({ type: "text" })
  role!: Role;
}

/** One login of one user on one device: a family of refresh tokens of which the newest is unused. */
@Entity("login_session")
export class LoginSession {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  userId!: Id;
  @time()
  createdAt!: number;
  /** When its last refresh token ends, however often it was refreshed. */
  @time()
  expiresAt!: number;
  @time({ nullable: true })
  revokedAt!: number | null;
}

/** Where a user has parcels sent. Orders keep a copy of their own. */
@Entity("user_address")
export class UserAddress {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  userId!: Id;
  @Column({ type: "text" })
  recipient!: string;
  @Column({ type: "text" })
  phone!: string;
  /** ISO 3166-1, two letters. */
  @Column({ type: "text" })
  country!: string;
  @Column({ type: "text" })
  region!: string;
  @Column({ type: "text" })
  city!: string;
  @Column({ type: "text" })
  street!: string;
  @Column({ type: "text" })
  postalCode!: string;
  @time()
  createdAt!: number;
  @time()
  updatedAt!: number;
}
