import type { ColumnTypes, Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0100_accounts",
    up: (t) => [
      `CREATE TABLE app_user (id ${t.uuid} PRIMARY KEY, wallet ${t.text} NOT NULL UNIQUE CHECK (wallet = lower(wallet)),
        name ${t.text} NOT NULL, created_at ${t.time} NOT NULL)`,
      `CREATE TABLE user_role (user_id ${t.uuid} NOT NULL REFERENCES app_user (id),
        role ${t.text} NOT NULL CHECK (role IN ('shopper', 'merchant', 'staff')), PRIMARY KEY (user_id, role))`,
      `CREATE TABLE siwe_nonce (nonce ${t.text} PRIMARY KEY, address ${t.text}, expires_at ${t.time} NOT NULL,
        used_at ${t.time})`,
      "CREATE INDEX siwe_nonce_age ON siwe_nonce (expires_at)",
      `CREATE TABLE login_session (id ${t.uuid} PRIMARY KEY, user_id ${t.uuid} NOT NULL REFERENCES app_user (id),
        created_at ${t.time} NOT NULL, expires_at ${t.time} NOT NULL, revoked_at ${t.time})`,
      "CREATE INDEX login_session_age ON login_session (expires_at)",
      `CREATE TABLE refresh_token (hash ${t.text} PRIMARY KEY,
        session_id ${t.uuid} NOT NULL REFERENCES login_session (id) ON DELETE CASCADE,
        expires_at ${t.time} NOT NULL, used_at ${t.time})`,
      "CREATE INDEX refresh_token_session ON refresh_token (session_id)",
      `CREATE TABLE user_address (id ${t.uuid} PRIMARY KEY, user_id ${t.uuid} NOT NULL REFERENCES app_user (id),
        recipient ${t.text} NOT NULL, phone ${t.text} NOT NULL, country ${t.text} NOT NULL, region ${t.text} NOT NULL,
        city ${t.text} NOT NULL, street ${t.text} NOT NULL, postal_code ${t.text} NOT NULL,
        created_at ${t.time} NOT NULL, updated_at ${t.time} NOT NULL)`,
      "CREATE INDEX user_address_list ON user_address (user_id, id)",
    ],
  },
  {
    name: "0101_passwords_and_wallets",
    rebuilds: true,
    up: (t) => [
      `CREATE TABLE user_wallet (wallet ${t.text} PRIMARY KEY CHECK (wallet = lower(wallet)),
        user_id ${t.uuid} NOT NULL REFERENCES app_user (id), linked_at ${t.time} NOT NULL,
        is_primary ${t.boolean} NOT NULL)`,
      "CREATE INDEX user_wallet_list ON user_wallet (user_id, linked_at)",
      "CREATE UNIQUE INDEX user_wallet_primary ON user_wallet (user_id) WHERE is_primary",
      "INSERT INTO user_wallet (wallet, user_id, linked_at, is_primary) SELECT wallet, id, created_at, true FROM app_user",
      ...(t.dialect === "sqlite" ? rebuildUsers(t) : alterUsers(t)),
      `CREATE TABLE account_token (id ${t.uuid} PRIMARY KEY, hash ${t.text} NOT NULL UNIQUE,
        user_id ${t.uuid} NOT NULL REFERENCES app_user (id),
        purpose ${t.text} NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')), email ${t.text} NOT NULL,
        created_at ${t.time} NOT NULL, expires_at ${t.time} NOT NULL, used_at ${t.time})`,
      "CREATE INDEX account_token_user ON account_token (user_id, purpose, created_at)",
      "CREATE INDEX account_token_age ON account_token (expires_at)",
      `CREATE TABLE login_attempts (key ${t.text} PRIMARY KEY, attempts ${t.integer} NOT NULL,
        window_ends_at ${t.time} NOT NULL)`,
      "CREATE INDEX login_session_user ON login_session (user_id)",
      "CREATE INDEX login_attempts_age ON login_attempts (window_ends_at)",
    ],
  },
];

/** What users have besides id, name and created_at. */
const userColumns = (t: ColumnTypes): string[] => [
  `username ${t.text}`,
  `username_key ${t.text} UNIQUE`,
  `password_hash ${t.text}`,
  `email ${t.text}`,
  `email_key ${t.text} UNIQUE`,
  `email_verified_at ${t.time}`,
  `pending_email ${t.text}`,
  `language ${t.text} NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'zh'))`,
  `time_zone ${t.text} NOT NULL DEFAULT 'UTC'`,
];
const ROLES = "'shopper', 'merchant', 'channel', 'agent', 'carrier', 'arbiter', 'staff'";

/** SQLite can neither drop a unique column nor change a CHECK. */
const rebuildUsers = (t: ColumnTypes): string[] => [
  `CREATE TABLE app_user_new (id ${t.uuid} PRIMARY KEY, name ${t.text} NOT NULL, created_at ${t.time} NOT NULL,
    ${userColumns(t).join(", ")})`,
  "INSERT INTO app_user_new (id, name, created_at) SELECT id, name, created_at FROM app_user",
  "DROP TABLE app_user",
  "ALTER TABLE app_user_new RENAME TO app_user",
  `CREATE TABLE user_role_new (user_id ${t.uuid} NOT NULL REFERENCES app_user (id),
    role ${t.text} NOT NULL CHECK (role IN (${ROLES})), PRIMARY KEY (user_id, role))`,
  "INSERT INTO user_role_new (user_id, role) SELECT user_id, role FROM user_role",
  "DROP TABLE user_role",
  "ALTER TABLE user_role_new RENAME TO user_role",
];

const alterUsers = (t: ColumnTypes): string[] => [
  ...userColumns(t).map((column) => `ALTER TABLE app_user ADD COLUMN ${column}`),
  "ALTER TABLE app_user DROP COLUMN wallet",
  "ALTER TABLE user_role DROP CONSTRAINT user_role_role_check",
  `ALTER TABLE user_role ADD CONSTRAINT user_role_role_check CHECK (role IN (${ROLES}))`,
];
