import { Column, Entity, PrimaryColumn } from "typeorm";
import { time, whole } from "../../core/db/columns.ts";
import type { Id } from "../../core/ids.ts";

/** A picture of a good. Its files lie beside the database, by the hashes of their contents. */
@Entity("picture")
export class Picture {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  @Column({ type: "uuid" })
  goodId!: Id;
  /** Where it is among the good's pictures; the first is the one that lists show. */
  @whole()
  place!: number;
  /** SHA-256 of the large file, in hex. */
  @Column({ type: "text" })
  large!: string;
  /** SHA-256 of the small file, in hex. */
  @Column({ type: "text" })
  small!: string;
  /** Pixels of the large file. */
  @whole()
  width!: number;
  @whole()
  height!: number;
  @time()
  createdAt!: number;
}
