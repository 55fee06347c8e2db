import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0400_inventory",
    up: (t) => [
      `CREATE TABLE stock_level (good_id ${t.uuid} PRIMARY KEY, on_hand ${t.whole} NOT NULL,
        reserved ${t.whole} NOT NULL CHECK (reserved >= 0), updated_at ${t.time} NOT NULL, CHECK (on_hand >= reserved))`,
      `CREATE TABLE reservation (order_id ${t.uuid} NOT NULL, good_id ${t.uuid} NOT NULL REFERENCES stock_level (good_id),
        count ${t.whole} NOT NULL CHECK (count > 0),
        state ${t.text} NOT NULL CHECK (state IN ('reserved', 'taken', 'released')), until ${t.time} NOT NULL,
        PRIMARY KEY (order_id, good_id))`,
    ],
  },
  {
    name: "0401_returned_pieces",
    up: (t) => [
      `ALTER TABLE reservation ADD COLUMN returned ${t.whole} NOT NULL DEFAULT 0
        CHECK (returned >= 0 AND returned <= count)`,
    ],
  },
];
