import assert from "node:assert/strict";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { json, money, time, tokenAmount, whole } from "../../../../server/core/db/columns.ts";
import { system } from "../../../../server/core/db/context.ts";
import { type Database, openDatabase } from "../../../../server/core/db/database.ts";
import type { Migration } from "../../../../server/core/db/migration.ts";
import { sql } from "../../../../server/core/db/sql.ts";
import { newId } from "../../../../server/core/ids.ts";
import { Task, taskMigrations } from "../../../../server/core/taskTable.ts";
import { onBothDatabases } from "../../../support/databases.ts";

@Entity("sample")
class Sample {
  @PrimaryColumn({ type: "uuid" })
  id!: string;
  @money()
  price!: number;
  @tokenAmount()
  amount!: bigint;
  @time({ nullable: true })
  paidAt!: number | null;
  @whole()
  version!: number;
  @json()
  body!: { deep: { list: (string | number)[] } };
  @Column({ type: "boolean" })
  open!: boolean;
}

const samples: Migration = {
  name: "9000_samples",
  up: (t) => [
    `CREATE TABLE sample (id ${t.uuid} PRIMARY KEY, price ${t.money("price")} NOT NULL, amount ${t.tokenAmount} NOT NULL,
      paid_at ${t.time}, version ${t.whole} NOT NULL, body ${t.json} NOT NULL, open ${t.boolean} NOT NULL)`,
  ],
};
const schema = { entities: [Task, Sample], migrations: [...taskMigrations, samples] };
const TEST = system("test");

const sample = (changes: Partial<Sample> = {}): Sample => ({
  id: newId(),
  price: 1_250,
  amount: 12_500_000n,
  paidAt: null,
  version: 0,
  body: { deep: { list: ["a", 1] } },
  open: true,
  ...changes,
});

const insert = (db: Database, row: Sample) => db.write(TEST, (ctx) => ctx.db.insert(Sample, row));
const count = (db: Database) => db.read(TEST, (ctx) => ctx.db.count(Sample));

describe("Database", () => {
  onBothDatabases(
    (on) => {
      it("gives back what was written, to the unit", async () => {
        const row = sample({
          price: -Number.MAX_SAFE_INTEGER,
          amount: 2n ** 256n - 1n,
          paidAt: 1_795_392_000_123,
          open: false,
        });
        await insert(on.database(), row);
        const found = await on.database().read(TEST, (ctx) => ctx.db.findOneByOrFail(Sample, { id: row.id }));
        assert.deepEqual({ ...found }, row);
      });

      it("refuses money beyond the safe integers, in the program and in the table", async () => {
        await assert.rejects(insert(on.database(), sample({ price: 2 ** 53 })), /safe integer/);
        const past = on.database().write(TEST, (ctx) => sql(ctx.db, "UPDATE sample SET price = 9007199254740992"));
        await assert.rejects(past, /CHECK|check/);
      });

      it("rolls everything back when the work fails, tasks and hints too", async () => {
        const db = on.database();
        const before = await count(db);
        let hinted = false;
        const failing = db.write(TEST, async (ctx) => {
          await ctx.db.insert(Sample, sample());
          await ctx.emit("never", {}, { key: "never" });
          ctx.afterCommit(() => {
            hinted = true;
          });
          throw new Error("no");
        });
        await assert.rejects(failing, /no/);
        assert.equal(await count(db), before);
        assert.equal(await db.read(TEST, (ctx) => ctx.db.countBy(Task, { kind: "never" })), 0);
        assert.equal(hinted, false);
      });

      it("refuses a write inside a write by name, and goes on afterwards", async () => {
        const db = on.database();
        const nested = db.write(TEST, () => db.write(TEST, async () => 1));
        await assert.rejects(nested, { code: "nested_write" });
        await insert(db, sample());
      });

      it("keeps a task once per key", async () => {
        const db = on.database();
        const twice = () => db.write(TEST, (ctx) => ctx.emit("mail", { to: "a" }, { key: "mail:1" }));
        await Promise.all([twice(), twice(), twice()]);
        assert.equal(await db.read(TEST, (ctx) => ctx.db.countBy(Task, { kind: "mail" })), 1);
      });

      it("sees one moment where one moment was asked for", async () => {
        const db = on.database();
        const [first, second] = await db.readAtOneMoment(TEST, async (ctx) => {
          const before = await ctx.db.count(Sample);
          await insert(db, sample());
          return [before, await ctx.db.count(Sample)];
        });
        assert.equal(second, first);
        assert.equal(await count(db), (first ?? 0) + 1);
      });

      it("cannot write where it reads at one moment", async () => {
        const writing = on.database().readAtOneMoment(TEST, (ctx) => sql(ctx.db, "DELETE FROM sample"));
        await assert.rejects(writing, /read-?only/i);
      });

      it("waits for another handle that is writing instead of failing", async () => {
        const other = await on.openAnother();
        const rows = Array.from({ length: 60 }, () => sample());
        const before = await count(other);
        await Promise.all(rows.map((row, index) => insert(index % 2 === 0 ? on.database() : other, row)));
        assert.equal(await count(other), before + rows.length);
      });

      it("runs the hooks before each commit inside its transaction", async () => {
        const db = await on.openAnother();
        const before = await count(db);
        db.beforeCommit(async (_, result) => {
          if (result === "refuse") throw new Error("the hook refused");
        });
        const refused = db.write(TEST, async (ctx) => {
          await ctx.db.insert(Sample, sample());
          return "refuse";
        });
        await assert.rejects(refused, /the hook refused/);
        assert.equal(await count(db), before);
      });

      it("refuses a schema of a later version", async () => {
        const older = openDatabase({ url: on.url(), entities: [Task], migrations: taskMigrations });
        await assert.rejects(older, /9000_samples/);
      });
    },
    { schema },
  );
});
