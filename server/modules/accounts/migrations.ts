import type { Migration } from "../../core/db/migration.ts";

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
];
