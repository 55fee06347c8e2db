import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0300_catalog",
    up: (t) => [
      `CREATE TABLE good (id ${t.uuid} PRIMARY KEY, merchant_id ${t.uuid} NOT NULL, name ${t.text} NOT NULL,
        description ${t.text} NOT NULL, created_at ${t.time} NOT NULL, updated_at ${t.time} NOT NULL)`,
      `CREATE TABLE listing (good_id ${t.uuid} NOT NULL REFERENCES good (id), channel_id ${t.uuid} NOT NULL,
        price ${t.money("price")} NOT NULL CHECK (price > 0), open ${t.boolean} NOT NULL, updated_at ${t.time} NOT NULL,
        PRIMARY KEY (good_id, channel_id))`,
      // With `open` in it, SQLite cuts a page from the index alone.
      "CREATE INDEX listing_open ON listing (channel_id, good_id, open) WHERE open",
      `CREATE TABLE listing_counter (channel_id ${t.uuid} PRIMARY KEY, total ${t.whole} NOT NULL CHECK (total >= 0))`,
    ],
  },
  {
    name: "0301_sku_cost_freight",
    up: (t) => [
      `ALTER TABLE good ADD COLUMN sku ${t.text}`,
      `ALTER TABLE good ADD COLUMN cost ${t.money("cost")} CHECK (cost >= 0)`,
      `ALTER TABLE listing ADD COLUMN freight ${t.money("freight")} NOT NULL DEFAULT 0 CHECK (freight >= 0)`,
      "CREATE UNIQUE INDEX good_sku ON good (merchant_id, sku)",
      // Of each merchant: how many goods there are. Writing this row makes changes of one catalogue wait for each other.
      `CREATE TABLE catalogue (merchant_id ${t.uuid} PRIMARY KEY, goods ${t.whole} NOT NULL CHECK (goods >= 0))`,
      "INSERT INTO catalogue (merchant_id, goods) SELECT merchant_id, count(*) FROM good GROUP BY merchant_id",
    ],
  },
];
