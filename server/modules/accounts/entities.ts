import { Column, Entity, PrimaryColumn } from "typeorm";
import type { Address } from "viem";
import { time } from "../../core/db/columns.ts";
import type { Role } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";

/** A login. Its wallet is its name to the world. */
@Entity("app_user")
export class User {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  /** In lower case, so that one wallet is one user. */
  @Column({ type: "text" })
  wallet!: Lowercase<Address>;
  @Column({ type: "text" })
  name!: string;
  @time()
  createdAt!: number;
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
