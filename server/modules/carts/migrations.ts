import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0500_carts",
    up: (t) => [
      `CREATE TABLE cart (user_id ${t.uuid} PRIMARY KEY, updated_at ${t.time} NOT NULL)`,
      `CREATE TABLE cart_line (user_id ${t.uuid} NOT NULL REFERENCES cart (user_id), good_id ${t.uuid} NOT NULL,
        channel_id ${t.uuid} NOT NULL, count ${t.whole} NOT NULL CHECK (count BETWEEN 1 AND 999),
        seen_price ${t.money("seen_price")} NOT NULL, added_at ${t.time} NOT NULL,
        PRIMARY KEY (user_id, good_id, channel_id))`,
    ],
  },
];
