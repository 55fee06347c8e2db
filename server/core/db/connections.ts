import type { EntityManager, EntitySchema } from "typeorm";
import type { Clock } from "../clock.ts";
import type { Dialect, Migration } from "./migration.ts";

/** A class with TypeORM's decorators, or a schema. */
// biome-ignore lint/complexity/noBannedTypes: TypeORM's own type of an entity class
export type Entity = Function | EntitySchema;

/** What one kind of database brings; `Database` is built on it and looks the same for both. */
export interface Connections {
  readonly dialect: Dialect;
  /** One transaction, begun for writing, retried where the database asks for it. */
  transaction<T>(fn: (db: EntityManager) => Promise<T>): Promise<T>;
  /** Statements here see the newest commit each. */
  readonly reader: EntityManager;
  /** A short connection on which all statements see the same commit. */
  snapshot<T>(fn: (db: EntityManager) => Promise<T>): Promise<T>;
  /** Writers inside or waiting. */
  depth(): number;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `sqlite:FILE` or `postgres://…`. */
  url: string;
  entities: readonly Entity[];
  migrations: readonly Migration[];
  clock?: Clock;
  /** Connections of the pool on PostgreSQL; 10 unless said. */
  poolSize?: number;
}
