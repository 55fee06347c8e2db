import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { Column, DataSource, Entity, type EntityManager, PrimaryColumn } from "typeorm";
import { system } from "../../server/core/db/context.ts";
import { NestedWrite } from "../../server/core/db/database.ts";
import type { Migration } from "../../server/core/db/migration.ts";
import { onBothDatabases } from "../support/databases.ts";

@Entity("promise")
class Promised {
  @PrimaryColumn({ type: "integer" })
  id!: number;
  @Column({ type: "text" })
  words!: string;
}

const TABLE = "CREATE TABLE promise (id integer PRIMARY KEY, words text NOT NULL)";
const migrations: Migration[] = [{ name: "0001_promise", up: () => [TABLE] }];
const TEST = system("test");

type Transact = (work: (db: EntityManager) => Promise<void>) => Promise<unknown>;

/** How often the slow request gives way; a request beside it needs a few turns only. */
const TURNS = 100;

/**
 * Ten times two requests at once: one is slow and fails in the end, the other begins while the first is at work.
 * @returns the ids that the quick requests were told to be written
 */
async function promiseMany(transact: Transact): Promise<number[]> {
  const promised: number[] = [];
  for (let id = 0; id < 20; id += 2) {
    let begun = () => {};
    const slowHasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = transact(async (db) => {
      await db.insert(Promised, { id, words: "this one will fail" });
      begun();
      for (let n = 0; n < TURNS; n += 1) await turn();
      throw new Error("this one fails");
    });
    await slowHasBegun;
    const quick = transact(async (db) => {
      await db.insert(Promised, { id: id + 1, words: "you have it" });
    }).then(() => promised.push(id + 1));
    await Promise.allSettled([slow, quick]);
  }
  return promised;
}

const idsIn = async (db: EntityManager): Promise<number[]> =>
  (await db.find(Promised, { order: { id: "ASC" } })).map(({ id }) => id);

describe("TypeORM alone, on SQLite", () => {
  let folder: string;
  let source: DataSource;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-lost-"));
    const database = join(folder, "lost.sqlite");
    source = await new DataSource({ type: "better-sqlite3", database, entities: [Promised] }).initialize();
    await source.query(TABLE);
  });
  after(async () => {
    await source.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  it("loses rows whose transactions were told that they had committed: this is why there is a gate", async () => {
    const promised = await promiseMany((work) => source.transaction(work));
    const kept = await idsIn(source.manager);
    const lost = promised.filter((id) => !kept.includes(id));
    assert.notEqual(lost.length, 0, "transactions of one data source are independent by now: the gate may go");
  });
});

onBothDatabases(
  (db) => {
    it("keep every row that a write was told to have written, and none of a write that failed", async () => {
      const promised = await promiseMany((work) => db.database().write(TEST, (ctx) => work(ctx.db)));
      assert.equal(promised.length, 10);
      assert.deepEqual(await db.database().read(TEST, (ctx) => idsIn(ctx.db)), promised);
    });

    it("refuse a write inside a write at once, where it would wait for itself for ever", async () => {
      const nested = db.database().write(TEST, () => db.database().write(TEST, async () => undefined));
      await assert.rejects(nested, NestedWrite);
      assert.equal(await db.database().write(TEST, async () => "and goes on"), "and goes on");
    });
  },
  { schema: { entities: [Promised], migrations } },
);
