import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0150_merchants",
    up: (t) => [
      `CREATE TABLE merchant (id ${t.uuid} PRIMARY KEY, name ${t.text} NOT NULL, owner_id ${t.uuid} NOT NULL,
        payee ${t.text} NOT NULL, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX merchant_owner ON merchant (owner_id, id)",
    ],
  },
];
