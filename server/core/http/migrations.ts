import type { Migration } from "../db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0002_idempotency",
    up: (t) => [
      `CREATE TABLE idempotency_claim (actor_id ${t.uuid} NOT NULL, key ${t.text} NOT NULL,
        fingerprint ${t.text} NOT NULL, attempt ${t.uuid} NOT NULL, locked_until ${t.time} NOT NULL,
        created_at ${t.time} NOT NULL, status ${t.integer}, body ${t.text}, PRIMARY KEY (actor_id, key))`,
      "CREATE INDEX idempotency_claim_age ON idempotency_claim (created_at)",
    ],
  },
];
