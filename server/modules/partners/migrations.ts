import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "1200_partners",
    up: (t) => [
      `CREATE TABLE partner (id ${t.uuid} PRIMARY KEY,
        kind ${t.text} NOT NULL CHECK (kind IN ('channel', 'agent', 'carrier')),
        code ${t.text} NOT NULL UNIQUE, name ${t.text} NOT NULL, owner_id ${t.uuid} NOT NULL, payee ${t.text} NOT NULL,
        commission_ppm ${t.whole} NOT NULL CHECK (commission_ppm BETWEEN 0 AND 500000),
        state ${t.text} NOT NULL CHECK (state IN ('pending', 'approved', 'rejected')), note ${t.text} NOT NULL,
        reviewed_by ${t.uuid}, reviewed_at ${t.time}, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX partner_owner ON partner (owner_id, id)",
      "CREATE INDEX partner_state ON partner (state, id)",
      "CREATE INDEX partner_owner_state ON partner (owner_id, state, id)",
    ],
  },
];
