import assert from "node:assert/strict";
import { type Context, system } from "../../../../server/core/db/context.ts";
import { gather, insertSoon, updateSoon } from "../../../../server/core/db/gather.ts";
import { sql } from "../../../../server/core/db/sql.ts";
import { updateRows } from "../../../../server/core/db/updateRows.ts";
import { newId } from "../../../../server/core/ids.ts";
import { onBothDatabases } from "../../../support/databases.ts";

const TEST = system("test");
const moved = () => new Error("it was moved");

describe("what a transaction gathers", () => {
  onBothDatabases((db) => {
    const write = <T>(fn: (ctx: Context) => Promise<T>) => db.database().write(TEST, fn);
    const task = (kind: string) => ({
      ...{ id: newId(), kind, key: newId(), payload: "{}", run_at: 0, attempts: 0, last_error: null },
    });
    const kinds = async (ctx: Context): Promise<string[]> =>
      (await sql<{ kind: string }>(ctx.db, "SELECT kind FROM task ORDER BY kind")).rows.map(({ kind }) => kind);
    const step = (ctx: Context, id: string, was: string, next: string) =>
      updateSoon(ctx.db, "task", id, { was: { id, kind: was }, next: { kind: next, last_error: null } }, moved);

    beforeEach(() => write((ctx) => sql(ctx.db, "DELETE FROM task")));

    it("writes rows when the work is done, and none when it fails", async () => {
      await write(async (ctx) => {
        await gather(ctx, async () => {
          await insertSoon(ctx.db, "task", task("b"));
          await gather(ctx, () => insertSoon(ctx.db, "task", task("a")));
          assert.deepEqual(await kinds(ctx), []);
        });
        assert.deepEqual(await kinds(ctx), ["a", "b"]);
        const failing = gather(ctx, async () => {
          await insertSoon(ctx.db, "task", task("c"));
          throw new Error("no");
        });
        await assert.rejects(failing, /no/);
        await insertSoon(ctx.db, "task", task("d"));
        assert.deepEqual(await kinds(ctx), ["a", "b", "d"]);
      });
    });

    it("makes one change of many of a row, from what it was first", async () => {
      const [one, two] = [task("one"), task("two")];
      await write(async (ctx) => {
        for (const row of [one, two]) await insertSoon(ctx.db, "task", row);
        await gather(ctx, async () => {
          await step(ctx, one.id, "one", "between");
          await step(ctx, two.id, "two", "2");
          await step(ctx, one.id, "between", "1");
        });
        assert.deepEqual(await kinds(ctx), ["1", "2"]);
      });
    });

    it("fails when a row is not as it was", async () => {
      const row = task("one");
      await write((ctx) => insertSoon(ctx.db, "task", row));
      const stale = (ctx: Context) =>
        gather(ctx, async () => {
          await step(ctx, row.id, "one", "1");
          await sql(ctx.db, "UPDATE task SET kind = 'else' WHERE id = :id", { id: row.id });
        });
      await assert.rejects(write(stale), /it was moved/);
      await assert.rejects(
        write((ctx) => step(ctx, row.id, "two", "2")),
        /it was moved/,
      );
      assert.deepEqual(await write(kinds), ["one"]);
    });

    it("sets text, numbers too great for JSON, and nothing, each in its own row", async () => {
      const [one, two] = [task("one"), task("two")];
      await write(async (ctx) => {
        for (const row of [one, two]) await insertSoon(ctx.db, "task", row);
        const changed = await updateRows(ctx.db, "task", [
          { was: { id: one.id }, next: { last_error: 2n ** 200n, run_at: 9_007_199_254_740_991, key: 'it\'s "1"' } },
          { was: { id: two.id }, next: { last_error: null, run_at: -1, key: null } },
          { was: { id: newId() }, next: { last_error: null, run_at: 0, key: null } },
        ]);
        assert.equal(changed, 2);
        const { rows } = await sql(ctx.db, "SELECT last_error, run_at, key FROM task ORDER BY kind");
        assert.deepEqual(
          rows.map(({ last_error, run_at, key }) => [last_error, Number(run_at), key]),
          [
            [String(2n ** 200n), 9_007_199_254_740_991, 'it\'s "1"'],
            [null, -1, null],
          ],
        );
      });
    });
  });
});
