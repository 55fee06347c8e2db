import type { ColumnTypes, Migration } from "../../core/db/migration.ts";

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
  {
    name: "0302_shelf",
    up: (t) => [
      `CREATE TABLE category (id ${t.uuid} PRIMARY KEY, parent_id ${t.uuid} REFERENCES category (id),
        slug ${t.text} NOT NULL UNIQUE, name_en ${t.text} NOT NULL, name_zh ${t.text} NOT NULL,
        created_at ${t.time} NOT NULL)`,
      "CREATE INDEX category_parent ON category (parent_id)",
      `ALTER TABLE good ADD COLUMN variant_of ${t.uuid} REFERENCES good (id)`,
      `ALTER TABLE good ADD COLUMN options ${t.json} NOT NULL DEFAULT '[]'`,
      `ALTER TABLE good ADD COLUMN options_key ${t.text}`,
      `ALTER TABLE good ADD COLUMN category_id ${t.uuid} REFERENCES category (id)`,
      `ALTER TABLE good ADD COLUMN cover ${t.text}`,
      `ALTER TABLE good ADD COLUMN name_key ${t.text} NOT NULL DEFAULT ''`,
      "UPDATE good SET name_key = lower(substr(name, 1, 60))",
      "CREATE UNIQUE INDEX good_variant ON good (variant_of, options_key)",
      "CREATE INDEX good_category ON good (category_id)",
      "CREATE INDEX good_merchant ON good (merchant_id, id)",
      // The good that a listing is shown under: itself, or what it is a variant of.
      `ALTER TABLE listing ADD COLUMN main_id ${t.uuid}`,
      "UPDATE listing SET main_id = good_id",
      "CREATE INDEX listing_main ON listing (main_id, channel_id)",
      "DROP INDEX listing_open",
      ...shelf(t),
    ],
  },
  {
    name: "0303_search",
    up: (t) => [
      ...(t.dialect === "sqlite" ? sqliteWords : postgresWords),
      // The words are ours to find, not the database's: a task does it for goods from before.
      `INSERT INTO task (id, kind, key, payload, run_at)
        SELECT '01a20000-0000-7000-8000-000000000303', 'catalog.index_words', 'catalog.index_words', '{}', 0
        WHERE EXISTS (SELECT 1 FROM good)`,
    ],
  },
];

/**
 * What each channel shows: a row for each good that is listed there, itself or a variant of it. It is made of goods
 * and listings in the same transaction, so that every filter and every order has an index.
 */
const shelf = ({ dialect, uuid, text, integer, money }: ColumnTypes): string[] => [
  `CREATE TABLE shelf (channel_id ${uuid} NOT NULL, good_id ${uuid} NOT NULL REFERENCES good (id),
    merchant_id ${uuid} NOT NULL, category_id ${uuid}, name_key ${text} ${dialect === "postgres" ? 'COLLATE "C"' : ""} NOT NULL,
    price_min ${money("price_min")} NOT NULL, price_max ${money("price_max")} NOT NULL, variants ${integer} NOT NULL,
    PRIMARY KEY (channel_id, good_id)) ${dialect === "sqlite" ? "WITHOUT ROWID" : ""}`,
  "CREATE INDEX shelf_good ON shelf (good_id)",
  "CREATE INDEX shelf_price ON shelf (channel_id, price_min, good_id)",
  "CREATE INDEX shelf_name ON shelf (channel_id, name_key, good_id)",
  "CREATE INDEX shelf_category ON shelf (channel_id, category_id, price_min, good_id)",
  "CREATE INDEX shelf_merchant ON shelf (channel_id, merchant_id, price_min, good_id)",
  `INSERT INTO shelf SELECT listing.channel_id, good.id, good.merchant_id, NULL, good.name_key, listing.price,
    listing.price, 0 FROM listing JOIN good ON good.id = listing.good_id WHERE listing.open`,
];

/** `doc` numbers goods in the order they came in, which is the order of answers that are equally good. */
const sqliteWords = [
  "CREATE TABLE good_words (doc INTEGER PRIMARY KEY, good_id text NOT NULL UNIQUE)",
  `CREATE VIRTUAL TABLE good_index USING fts5 (title, body, content='', contentless_delete=1, prefix='2',
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'")`,
];

const postgresWords = [
  `CREATE TABLE good_words (doc bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, good_id uuid NOT NULL UNIQUE,
    words tsvector NOT NULL)`,
  "CREATE INDEX good_words_words ON good_words USING gin (words)",
];
