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
];
