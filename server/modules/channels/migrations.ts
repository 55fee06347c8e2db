import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0200_channels",
    up: (t) => [
      `CREATE TABLE channel (id ${t.uuid} PRIMARY KEY, code ${t.text} NOT NULL UNIQUE, name ${t.text} NOT NULL,
        type ${t.text} NOT NULL 
        CHECK (type IN ('web', 'store', 'mini_program', 'social', 'marketplace', 'cross_border')),
        currency ${t.text} NOT NULL, payee ${t.text} NOT NULL,
        commission_ppm ${t.whole} NOT NULL CHECK (commission_ppm BETWEEN 0 AND 500000),
        open ${t.boolean} NOT NULL, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX channel_open ON channel (id) WHERE open",
    ],
  },
];
