import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0700_payments",
    up: (t) => [
      `CREATE TABLE payment (id ${t.uuid} PRIMARY KEY, user_id ${t.uuid} NOT NULL, payer ${t.text} NOT NULL,
        method ${t.text} NOT NULL, currency ${t.text} NOT NULL, total ${t.money("total")} NOT NULL,
        chain_id ${t.whole} NOT NULL, token ${t.text} NOT NULL, amount ${t.tokenAmount} NOT NULL,
        rate_num ${t.tokenAmount} NOT NULL, rate_den ${t.tokenAmount} NOT NULL, rate_source ${t.text} NOT NULL,
        rate_valid_until ${t.time} NOT NULL, authorize_by_s ${t.whole} NOT NULL, created_at ${t.time} NOT NULL)`,
      `CREATE TABLE escrow_order (order_id ${t.uuid} PRIMARY KEY, payment_id ${t.uuid} NOT NULL REFERENCES payment (id),
        chain_id ${t.whole} NOT NULL, escrow ${t.text} NOT NULL, terms ${t.json} NOT NULL, terms_hash ${t.text} NOT NULL UNIQUE,
        payer ${t.text} NOT NULL, token ${t.text} NOT NULL, amount ${t.tokenAmount} NOT NULL,
        authorize_by_s ${t.whole} NOT NULL, capture_by_s ${t.whole} NOT NULL,
        state ${t.text} NOT NULL, confidence ${t.text}, held ${t.tokenAmount} NOT NULL,
        captured ${t.tokenAmount} NOT NULL, released ${t.tokenAmount} NOT NULL, returned ${t.tokenAmount} NOT NULL,
        release_at_s ${t.whole} NOT NULL, broken ${t.text}, version ${t.whole} NOT NULL, updated_at ${t.time} NOT NULL)`,
      "CREATE INDEX escrow_order_payment ON escrow_order (payment_id)",
      `CREATE TABLE payment_authorization (order_id ${t.uuid} PRIMARY KEY REFERENCES escrow_order (order_id),
        signature ${t.text} NOT NULL, created_at ${t.time} NOT NULL)`,
      `CREATE TABLE payment_request (id ${t.uuid} PRIMARY KEY, order_id ${t.uuid} NOT NULL REFERENCES escrow_order (order_id),
        kind ${t.text} NOT NULL, side ${t.text} NOT NULL, amount ${t.tokenAmount} NOT NULL, before ${t.tokenAmount} NOT NULL,
        state ${t.text} NOT NULL, asked_by ${t.text} NOT NULL, created_at ${t.time} NOT NULL)`,
      "CREATE UNIQUE INDEX payment_request_open ON payment_request (order_id, side) WHERE state = 'open'",
      "CREATE INDEX payment_request_order ON payment_request (order_id, id)",
    ],
  },
  {
    name: "0701_baskets_and_releases",
    up: (t) => [
      `CREATE TABLE payment_basket (id ${t.uuid} PRIMARY KEY, payment_id ${t.uuid} NOT NULL REFERENCES payment (id),
        order_ids ${t.json} NOT NULL, signature ${t.text} NOT NULL, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX payment_basket_payment ON payment_basket (payment_id, id)",
      "CREATE INDEX escrow_order_release ON escrow_order (chain_id, release_at_s, order_id) WHERE release_at_s > 0",
    ],
  },
  {
    name: "0702_withdrawals",
    up: (t) => [
      `CREATE TABLE withdrawal (id ${t.uuid} PRIMARY KEY, user_id ${t.uuid} NOT NULL, chain_id ${t.whole} NOT NULL,
        escrow ${t.text} NOT NULL, account ${t.text} NOT NULL, token ${t.text} NOT NULL, amount ${t.tokenAmount} NOT NULL,
        destination ${t.text} NOT NULL, nonce ${t.tokenAmount} NOT NULL, deadline_s ${t.whole} NOT NULL,
        signature ${t.text}, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX withdrawal_user ON withdrawal (user_id, id)",
    ],
  },
  {
    name: "0703_disputes",
    up: (t) => [
      `ALTER TABLE escrow_order ADD COLUMN disputed ${t.tokenAmount} NOT NULL DEFAULT '0'`,
      `ALTER TABLE escrow_order ADD COLUMN refunded_released ${t.tokenAmount} NOT NULL DEFAULT '0'`,
    ],
  },
  {
    name: "0704_payment_exceptions",
    up: (t) => [
      `ALTER TABLE escrow_order ADD COLUMN salt ${t.text}`,
      t.dialect === "sqlite"
        ? "UPDATE escrow_order SET salt = json_extract(terms, '$.salt')"
        : "UPDATE escrow_order SET salt = terms::json ->> 'salt'",
      "CREATE INDEX escrow_order_salt ON escrow_order (chain_id, salt)",
      `CREATE TABLE payment_exception (id ${t.uuid} PRIMARY KEY, chain_id ${t.whole} NOT NULL, escrow ${t.text} NOT NULL,
        terms_hash ${t.text} NOT NULL, order_id ${t.uuid}, kind ${t.text} NOT NULL, payer ${t.text} NOT NULL,
        token ${t.text} NOT NULL, expected ${t.tokenAmount}, paid ${t.tokenAmount} NOT NULL, due ${t.tokenAmount} NOT NULL,
        returned ${t.tokenAmount} NOT NULL, state ${t.text} NOT NULL, sound ${t.boolean} NOT NULL, terms ${t.json} NOT NULL,
        capture_by_s ${t.whole} NOT NULL, height ${t.whole} NOT NULL, version ${t.whole} NOT NULL,
        created_at ${t.time} NOT NULL, updated_at ${t.time} NOT NULL, UNIQUE (chain_id, terms_hash))`,
      "CREATE INDEX payment_exception_order ON payment_exception (order_id, id) WHERE order_id IS NOT NULL",
      "CREATE INDEX payment_exception_state ON payment_exception (state, id)",
      "CREATE INDEX payment_exception_kind ON payment_exception (kind, id)",
      "CREATE INDEX payment_exception_both ON payment_exception (state, kind, id)",
      "CREATE INDEX payment_exception_payer ON payment_exception (payer, id)",
      "CREATE INDEX payment_exception_ripe ON payment_exception (chain_id, height) WHERE state = 'open'",
      `CREATE TABLE payment_exception_event (id ${t.uuid} PRIMARY KEY,
        exception_id ${t.uuid} NOT NULL REFERENCES payment_exception (id), event ${t.text} NOT NULL, note ${t.text},
        tx_hash ${t.text}, at ${t.time} NOT NULL)`,
      "CREATE INDEX payment_exception_trail ON payment_exception_event (exception_id, id)",
    ],
  },
  {
    name: "0706_open_orders",
    up: () => [
      `CREATE INDEX escrow_order_open ON escrow_order (chain_id, order_id)
        WHERE held <> '0' OR captured <> '0' OR disputed <> '0'`,
      "CREATE INDEX escrow_order_waiting ON escrow_order (chain_id, authorize_by_s, order_id) WHERE state = 'pending'",
    ],
  },
];
