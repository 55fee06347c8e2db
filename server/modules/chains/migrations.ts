import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "1000_chains",
    up: (t) => [
      `CREATE TABLE chain_cursor (chain_id ${t.integer} PRIMARY KEY, height ${t.whole} NOT NULL, hash ${t.text} NOT NULL,
        timestamp_s ${t.whole} NOT NULL, confirmed_height ${t.whole} NOT NULL, finalized_height ${t.whole} NOT NULL,
        epoch ${t.whole} NOT NULL, version ${t.whole} NOT NULL, stopped ${t.text})`,
      `CREATE TABLE chain_block (chain_id ${t.integer} NOT NULL, height ${t.whole} NOT NULL, hash ${t.text} NOT NULL,
        parent_hash ${t.text} NOT NULL, timestamp_s ${t.whole} NOT NULL, PRIMARY KEY (chain_id, height))`,
      `CREATE TABLE chain_log (chain_id ${t.integer} NOT NULL, block_hash ${t.text} NOT NULL, log_index ${t.integer} NOT NULL,
        height ${t.whole} NOT NULL, tx_hash ${t.text} NOT NULL, topics ${t.json} NOT NULL, data ${t.text} NOT NULL,
        event ${t.text}, terms_hash ${t.text}, account ${t.text},
        state ${t.text} NOT NULL CHECK (state IN ('applied', 'unmatched', 'quarantined', 'reverted')),
        PRIMARY KEY (chain_id, block_hash, log_index))`,
      "CREATE INDEX chain_log_height ON chain_log (chain_id, height)",
      "CREATE INDEX chain_log_order ON chain_log (chain_id, terms_hash) WHERE terms_hash IS NOT NULL",
      `CREATE TABLE chain_lease (chain_id ${t.integer} PRIMARY KEY, holder ${t.text} NOT NULL, epoch ${t.whole} NOT NULL,
        expires_at ${t.time} NOT NULL)`,
      `CREATE TABLE chain_transaction (id ${t.uuid} PRIMARY KEY, chain_id ${t.integer} NOT NULL, sender ${t.text} NOT NULL,
        nonce ${t.whole}, purpose ${t.text} NOT NULL, kind ${t.text} NOT NULL, request ${t.json} NOT NULL,
        order_id ${t.uuid} NOT NULL, "to" ${t.text} NOT NULL, data ${t.text} NOT NULL, raw ${t.text}, hash ${t.text},
        state ${t.text} NOT NULL CHECK (state IN ('prepared', 'submitted', 'mined', 'final', 'failed', 'superseded')),
        gas_limit ${t.tokenAmount} NOT NULL, max_fee_per_gas ${t.tokenAmount} NOT NULL, gas_used ${t.tokenAmount},
        block_hash ${t.text}, height ${t.whole}, error ${t.text}, created_at ${t.time} NOT NULL,
        updated_at ${t.time} NOT NULL, UNIQUE (chain_id, sender, nonce))`,
      `CREATE UNIQUE INDEX chain_transaction_purpose ON chain_transaction (chain_id, purpose)
        WHERE state NOT IN ('failed', 'superseded')`,
      "CREATE INDEX chain_transaction_order ON chain_transaction (order_id, created_at)",
      `CREATE INDEX chain_transaction_open ON chain_transaction (chain_id, sender, nonce)
        WHERE state IN ('prepared', 'submitted', 'mined')`,
    ],
  },
  {
    name: "1001_agreement_logs",
    up: (t) => [
      `ALTER TABLE chain_log ADD COLUMN agreement_id ${t.text}`,
      "CREATE INDEX chain_log_agreement ON chain_log (chain_id, agreement_id) WHERE agreement_id IS NOT NULL",
    ],
  },
  {
    name: "1002_errands",
    up: (t) => [
      `CREATE TABLE chain_errand (transaction_id ${t.uuid} NOT NULL REFERENCES chain_transaction (id),
        chain_id ${t.integer} NOT NULL, purpose ${t.text} NOT NULL, kind ${t.text} NOT NULL, request ${t.json} NOT NULL,
        order_id ${t.uuid}, live ${t.boolean} NOT NULL, PRIMARY KEY (transaction_id, purpose))`,
      `INSERT INTO chain_errand (transaction_id, chain_id, purpose, kind, request, order_id, live)
        SELECT id, chain_id, purpose, kind, request, order_id, state NOT IN ('failed', 'superseded')
        FROM chain_transaction`,
      "CREATE UNIQUE INDEX chain_errand_live ON chain_errand (chain_id, purpose) WHERE live",
      "CREATE INDEX chain_errand_purpose ON chain_errand (chain_id, purpose)",
      "CREATE INDEX chain_errand_order ON chain_errand (order_id) WHERE order_id IS NOT NULL",
      "DROP INDEX chain_transaction_purpose",
      "DROP INDEX chain_transaction_order",
      ...["purpose", "kind", "request", "order_id"].map((name) => `ALTER TABLE chain_transaction DROP COLUMN ${name}`),
      `CREATE INDEX chain_transaction_failed ON chain_transaction (chain_id, sender, height)
        WHERE state = 'failed' AND height IS NOT NULL`,
    ],
  },
  {
    name: "1003_chain_seen",
    up: (t) => [
      `ALTER TABLE chain_cursor ADD COLUMN head ${t.whole}`,
      `ALTER TABLE chain_cursor ADD COLUMN head_timestamp_s ${t.whole}`,
      `ALTER TABLE chain_cursor ADD COLUMN answered_at ${t.time}`,
      `ALTER TABLE chain_cursor ADD COLUMN format ${t.whole} NOT NULL DEFAULT 1`,
      "CREATE INDEX chain_log_quarantined ON chain_log (chain_id) WHERE state = 'quarantined'",
    ],
  },
  {
    name: "1004_attempts",
    up: (t) => [
      `CREATE TABLE chain_attempt (transaction_id ${t.uuid} NOT NULL REFERENCES chain_transaction (id),
        number ${t.integer} NOT NULL, chain_id ${t.integer} NOT NULL, hash ${t.text} NOT NULL UNIQUE,
        raw ${t.text} NOT NULL, max_fee_per_gas ${t.tokenAmount} NOT NULL,
        max_priority_fee_per_gas ${t.tokenAmount} NOT NULL, created_at ${t.time} NOT NULL,
        UNIQUE (transaction_id, number))`,
      // Until now every transaction offered one gwei on top.
      `INSERT INTO chain_attempt
        (transaction_id, number, chain_id, hash, raw, max_fee_per_gas, max_priority_fee_per_gas, created_at)
        SELECT id, 1, chain_id, hash, raw, max_fee_per_gas, CAST('1000000000' AS ${t.tokenAmount}), created_at
        FROM chain_transaction WHERE raw IS NOT NULL AND hash IS NOT NULL`,
      ...["raw", "max_fee_per_gas"].map((name) => `ALTER TABLE chain_transaction DROP COLUMN ${name}`),
    ],
  },
  {
    name: "1005_differences",
    up: (t) => [
      `CREATE TABLE chain_difference (id ${t.uuid} PRIMARY KEY, chain_id ${t.integer} NOT NULL, what ${t.text} NOT NULL,
        subject ${t.text} NOT NULL, expected ${t.text} NOT NULL, actual ${t.text} NOT NULL, height ${t.whole} NOT NULL,
        found_at ${t.time} NOT NULL, last_seen_at ${t.time} NOT NULL, resolved_at ${t.time},
        rescan_next ${t.whole}, rescan_to ${t.whole} NOT NULL)`,
      `CREATE UNIQUE INDEX chain_difference_open ON chain_difference (chain_id, what, subject)
        WHERE resolved_at IS NULL`,
      "CREATE INDEX chain_log_account ON chain_log (chain_id, account) WHERE account IS NOT NULL",
    ],
  },
  {
    name: "1006_short_keys",
    up: () => [
      // Orders' hashes come in no order, so every new log goes to a page of its own: a short key needs few of them.
      "DROP INDEX chain_log_order",
      "CREATE INDEX chain_log_order ON chain_log (chain_id, substr(terms_hash, 3, 10)) WHERE terms_hash IS NOT NULL",
    ],
  },
];
