import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0900_notifications",
    up: (t) => [
      `CREATE TABLE notification (id ${t.uuid} PRIMARY KEY, user_id ${t.uuid} NOT NULL, kind ${t.text} NOT NULL,
        payload ${t.json} NOT NULL, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX notification_list ON notification (user_id, id)",
    ],
  },
];
