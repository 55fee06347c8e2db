import { Column, Entity, type EntityManager, PrimaryColumn } from "typeorm";
import { json, time, whole } from "./db/columns.ts";
import type { EmitOptions, Json } from "./db/context.ts";
import { insertSoon } from "./db/gather.ts";
import type { Migration } from "./db/migration.ts";
import { newId } from "./ids.ts";

/**
 * Something to do outside of the transaction that decided it. Due now, it is an outbox; due later, it is a job.
 * It runs at least once, so what it does must be harmless twice.
 */
@Entity("task")
export class Task {
  @PrimaryColumn({ type: "uuid" })
  id!: string;
  @Column({ type: "text" })
  kind!: string;
  /** Unique where given; kept after the task is done, so that a late second emission is nothing too. */
  @Column({ type: "text", nullable: true })
  key!: string | null;
  @json()
  payload!: unknown;
  /** Workers that serve lanes take tasks of their own one only. */
  @Column({ type: "text", nullable: true })
  lane!: string | null;
  @time()
  runAt!: number;
  @whole()
  attempts!: number;
  /** Until then a worker has it; a worker that died loses it. */
  @time({ nullable: true })
  lockedUntil!: number | null;
  /** Names the one claim that may finish it. */
  @Column({ type: "uuid", nullable: true })
  claim!: string | null;
  @Column({ type: "text", nullable: true })
  lastError!: string | null;
  @time({ nullable: true })
  doneAt!: number | null;
}

export const taskMigrations: Migration[] = [
  {
    name: "0001_tasks",
    up: (t) => [
      `CREATE TABLE task (id ${t.uuid} PRIMARY KEY, kind ${t.text} NOT NULL, key ${t.text} UNIQUE,
        payload ${t.json} NOT NULL, run_at ${t.time} NOT NULL, attempts ${t.whole} NOT NULL DEFAULT 0,
        locked_until ${t.time}, claim ${t.uuid}, last_error ${t.text}, done_at ${t.time})`,
      "CREATE INDEX task_due ON task (run_at) WHERE done_at IS NULL",
      "CREATE INDEX task_claim ON task (claim) WHERE claim IS NOT NULL",
      "CREATE INDEX task_done ON task (done_at) WHERE done_at IS NOT NULL",
    ],
  },
  { name: "0003_task_lanes", up: (t) => [`ALTER TABLE task ADD COLUMN lane ${t.text}`] },
];

/** Writes a task in the open transaction; the same key a second time is nothing. */
export async function emitTask(
  db: EntityManager,
  now: number,
  kind: string,
  payload: Json,
  { key, runAt, lane }: EmitOptions = {},
): Promise<void> {
  const task = { id: newId(), kind, key: key ?? null, payload: JSON.stringify(payload), run_at: runAt ?? now };
  await insertSoon(db, "task", { ...task, attempts: 0, lane: lane ?? null }, "ON CONFLICT (key) DO NOTHING");
}
