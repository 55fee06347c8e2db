import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "1400_media",
    up: (t) => [
      `CREATE TABLE picture (id ${t.uuid} PRIMARY KEY, good_id ${t.uuid} NOT NULL, place ${t.whole} NOT NULL,
        large ${t.text} NOT NULL, small ${t.text} NOT NULL, width ${t.whole} NOT NULL, height ${t.whole} NOT NULL,
        created_at ${t.time} NOT NULL)`,
      "CREATE INDEX picture_good ON picture (good_id, place)",
      "CREATE INDEX picture_large ON picture (large)",
      "CREATE INDEX picture_small ON picture (small)",
    ],
  },
];
