import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0800_ledger",
    up: (t) => [
      `CREATE TABLE ledger_account (name ${t.text} PRIMARY KEY, kind ${t.text} NOT NULL, owner ${t.text} NOT NULL,
        chain_id ${t.whole} NOT NULL, token ${t.text} NOT NULL, balance ${t.tokenAmount} NOT NULL,
        version ${t.whole} NOT NULL)`,
      "CREATE INDEX ledger_account_owner ON ledger_account (owner, kind)",
      `CREATE TABLE journal (id ${t.uuid} PRIMARY KEY, key ${t.text} NOT NULL UNIQUE, chain_id ${t.whole} NOT NULL,
        block_hash ${t.text} NOT NULL, height ${t.whole} NOT NULL, order_id ${t.uuid}, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX journal_order ON journal (order_id) WHERE order_id IS NOT NULL",
      `CREATE TABLE posting (journal_id ${t.uuid} NOT NULL REFERENCES journal (id),
        account ${t.text} NOT NULL REFERENCES ledger_account (name), amount ${t.tokenAmount} NOT NULL,
        height ${t.whole} NOT NULL, PRIMARY KEY (journal_id, account))`,
      "CREATE INDEX posting_account ON posting (account, height)",
    ],
  },
  {
    name: "0801_journal_subjects",
    up: (t) => {
      const behindBlock = `substr(key, ${t.dialect === "postgres" ? "strpos" : "instr"}(key, ':0x') + 68)`;
      return [
        `ALTER TABLE journal ADD COLUMN subject ${t.text}`,
        `UPDATE journal SET subject = replace(replace(${behindBlock}, ':forward', ''), ':back', '') WHERE order_id IS NULL`,
        "CREATE INDEX journal_subject ON journal (chain_id, subject) WHERE subject IS NOT NULL",
        `CREATE INDEX ledger_account_escrow ON ledger_account (chain_id, name)
          WHERE kind IN ('escrow_held', 'escrow_captured', 'escrow_disputed') AND balance <> '0'`,
        "CREATE INDEX ledger_account_credit ON ledger_account (chain_id, name) WHERE kind = 'credit'",
      ];
    },
  },
];
