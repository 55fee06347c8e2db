import type { EntityManager } from "typeorm";

/** SQL for epoch milliseconds by the database's clock: the processes' own may differ by an hour. */
export const nowIn = (db: EntityManager): string =>
  db.dataSource.options.type === "postgres"
    ? "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)"
    : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
