import { z } from "zod";
import { type Context, VISITOR } from "../../../../server/core/db/context.ts";
import type { Migration } from "../../../../server/core/db/migration.ts";
import { sql } from "../../../../server/core/db/sql.ts";
import type { House } from "../../../../server/core/house.ts";
import { type Door, door } from "../../../../server/core/http/door.ts";
import { listOf, presentList } from "../../../../server/core/http/paging.ts";
import {
  Address,
  count,
  hex,
  MinorAmount,
  Nothing,
  Page,
  TokenAmount,
  text,
  Uuid,
} from "../../../../server/core/http/schemas.ts";
import { newId } from "../../../../server/core/ids.ts";
import { entities, migrations } from "../../../../server/schema.ts";

/** A table for work that must be done once, besides those of the house. */
const workTable: Migration = {
  name: "9000_probe",
  up: (t) => [`CREATE TABLE work (id ${t.uuid} PRIMARY KEY, note ${t.text} NOT NULL)`],
};

export const probeSchema = { entities, migrations: [...migrations, workTable] };

/** One field of every shared shape. */
const Shapes = z.strictObject({
  count: count(1, 1_000).optional(),
  minor: MinorAmount.optional(),
  tokens: TokenAmount.optional(),
  address: Address.optional(),
  bytes: hex(4).optional(),
  name: text({ max: 20 }).optional(),
  id: Uuid.optional(),
});

const Sorted = Page.extend({ sort: z.enum(["name", "-name"]).optional() });

/** Doors of every kind, with nothing behind them. */
export const probeRoutes = (house: House): Door =>
  door(house, "probe")
    .post(
      "/probe/shapes",
      { summary: "Shapes", auth: "none", limit: "writes", body: Shapes, answers: [200, z.unknown()] },
      async (c) => ({ ...c.input.body, tokens: c.input.body.tokens?.toString() }),
    )
    .get(
      "/probe/list",
      { summary: "List", auth: "none", limit: "reads", query: Sorted, answers: [200, listOf(z.string())] },
      async (c) => presentList({ rows: ["a"], total: 1, nextCursor: null }, c.input.query, (row: string) => row),
    )
    .get(
      "/probe/mine",
      { summary: "User", auth: "user", limit: "reads", answers: [204, Nothing] },
      async () => undefined,
    )
    .get(
      "/probe/staff",
      { summary: "Staff", auth: ["staff"], limit: "reads", answers: [204, Nothing] },
      async () => undefined,
    )
    .get(
      "/probe/things/:id",
      {
        summary: "One",
        auth: "none",
        limit: "reads",
        params: z.strictObject({ id: Uuid }),
        answers: [200, z.string()],
      },
      async (c) => c.input.params.id,
    )
    .get("/probe/broken", { summary: "Breaks", auth: "none", limit: "reads", answers: [204, Nothing] }, async () => {
      throw new Error("the password of the database is hunter2");
    })
    .get(
      "/probe/liar",
      { summary: "Lies", auth: "none", limit: "reads", answers: [200, z.strictObject({ id: Uuid })] },
      async () => ({ id: "no id at all" }),
    );

const Work = z.strictObject({ note: text({ max: 50 }) });
const Done = z.strictObject({ id: Uuid, note: z.string() });

/** What a test does at certain moments of a keyed request. */
export interface Moments {
  beforeWork?: () => Promise<void>;
  inWork?: (ctx: Context) => Promise<void>;
  afterWork?: () => Promise<void>;
}

/** Doors that do something which must be done once: a row in `work`. */
export const workRoutes =
  (moments: Moments) =>
  (house: House): Door => {
    const work = (note: string) =>
      house.db.write(VISITOR, async (ctx) => {
        const id = newId();
        await sql(ctx.db, "INSERT INTO work (id, note) VALUES (:id, :note)", { id, note });
        await moments.inWork?.(ctx);
        return { id, note };
      });
    const spec = { summary: "Work", auth: "user", limit: "writes", body: Work, answers: [201, Done] } as const;
    const present = (done: z.input<typeof Done>) => done;
    return door(house, "work")
      .postOnce("/deeds", { ...spec, idempotent: "required", present }, async (c) => {
        await moments.beforeWork?.();
        const done = await work(c.input.body.note);
        await moments.afterWork?.();
        return done;
      })
      .postOnce("/deeds/maybe", { ...spec, idempotent: true, present }, (c) => work(c.input.body.note))
      .postOnce("/deeds/forgetful", { ...spec, idempotent: true, present }, async (c) => ({
        id: newId(),
        note: c.input.body.note,
      }));
  };
