import type { ColumnTypes, Migration } from "../../core/db/migration.ts";

const agreementColumns = (t: ColumnTypes): string => `
  id ${t.uuid} PRIMARY KEY, merchant_id ${t.uuid} NOT NULL, channel_id ${t.uuid} NOT NULL,
  chain_id ${t.whole} NOT NULL, escrow ${t.text} NOT NULL, token ${t.text} NOT NULL, version ${t.whole} NOT NULL,
  hash ${t.text} NOT NULL UNIQUE, content ${t.json} NOT NULL, nonce ${t.tokenAmount} NOT NULL,
  deadline_s ${t.whole} NOT NULL, valid_from_s ${t.whole} NOT NULL, valid_until_s ${t.whole} NOT NULL,
  created_by ${t.uuid} NOT NULL, created_at ${t.time} NOT NULL,
  state ${t.text} NOT NULL CHECK (state IN ('draft', 'accepting', 'active', 'revoked')), confidence ${t.text},
  accepted ${t.json} NOT NULL, revoked_by ${t.text}, activated_at ${t.time},
  CHECK (valid_from_s < valid_until_s)`;

const INDEXES = [
  "CREATE INDEX agreement_merchant ON agreement (merchant_id, id)",
  "CREATE INDEX agreement_channel ON agreement (channel_id, id)",
];

export const migrations: Migration[] = [
  {
    name: "1100_agreements",
    up: (t) => [
      `CREATE TABLE agreement (${agreementColumns(t)}, UNIQUE (merchant_id, channel_id, token, version))`,
      ...INDEXES,
      `CREATE TABLE agreement_signatory (agreement_id ${t.uuid} NOT NULL REFERENCES agreement (id),
        account ${t.text} NOT NULL, position ${t.whole} NOT NULL, signature ${t.text}, signed_at ${t.time},
        PRIMARY KEY (agreement_id, account))`,
      "CREATE INDEX agreement_signatory_account ON agreement_signatory (account, agreement_id)",
    ],
  },
  {
    name: "1101_agreement_versions_by_chain",
    rebuilds: true,
    up: (t) => (t.dialect === "sqlite" ? rebuildAgreements(t) : alterAgreements),
  },
];

/** Contracts have the same addresses on every chain, so a token's address alone says nothing of the chain. */
const VERSION = "merchant_id, channel_id, chain_id, token, version";

/** SQLite cannot change what is unique. */
const rebuildAgreements = (t: ColumnTypes): string[] => [
  `CREATE TABLE agreement_new (${agreementColumns(t)}, UNIQUE (${VERSION}))`,
  "INSERT INTO agreement_new SELECT * FROM agreement",
  "DROP TABLE agreement",
  "ALTER TABLE agreement_new RENAME TO agreement",
  ...INDEXES,
];

const alterAgreements = [
  "ALTER TABLE agreement DROP CONSTRAINT agreement_merchant_id_channel_id_token_version_key",
  `ALTER TABLE agreement ADD CONSTRAINT agreement_version UNIQUE (${VERSION})`,
];
