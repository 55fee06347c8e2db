import { In } from "typeorm";
import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import { Good } from "./entities.ts";
import { wordsOf } from "./words.ts";

/** What a main good can be found by. */
interface Entry {
  readonly goodId: Id;
  /** Names, SKUs and options of the good and its variants. */
  readonly title: readonly string[];
  /** Words of their descriptions that are not in the title. */
  readonly body: readonly string[];
}

/** Keeps the words of these goods as they are now: of main goods with their variants; variants have none of their own. */
export async function keepWords(ctx: Context, goodIds: readonly Id[]): Promise<void> {
  if (goodIds.length === 0) return;
  const family = await ctx.db.find(Good, {
    where: [{ id: In([...goodIds]) }, { variantOf: In([...goodIds]) }],
    order: { id: "ASC" },
  });
  const variants = Map.groupBy(family, ({ variantOf }) => variantOf);
  const entries = (variants.get(null) ?? []).map((main) => entry([main, ...(variants.get(main.id) ?? [])]));
  await (ctx.db.dataSource.options.type === "postgres" ? keepLexemes : keepIndexed)(ctx, goodIds, entries);
}

function entry(goods: readonly [Good, ...Good[]]): Entry {
  const title = wordsOf(
    goods.flatMap(({ name, sku, options }) => [name, sku ?? "", ...options.map(({ value }) => value)]).join("\n"),
  );
  const known = new Set(title);
  const body = wordsOf(goods.map(({ description }) => description).join("\n")).filter((word) => !known.has(word));
  return { goodId: goods[0].id, title, body };
}

async function keepIndexed(ctx: Context, goodIds: readonly Id[], entries: readonly Entry[]): Promise<void> {
  const mainIds = entries.map(({ goodId }) => goodId);
  const numbered = mainIds.map((_, at) => `(:good${at})`).join(", ");
  const named = Object.fromEntries(mainIds.map((goodId, at) => [`good${at}`, goodId]));
  if (mainIds.length > 0)
    await sql(ctx.db, `INSERT INTO good_words (good_id) VALUES ${numbered} ON CONFLICT (good_id) DO NOTHING`, named);
  const { rows } = await sql<{ doc: number; good_id: Id }>(
    ctx.db,
    "SELECT doc, good_id FROM good_words WHERE good_id IN (:goodIds)",
    { goodIds },
  );
  await sql(ctx.db, "DELETE FROM good_index WHERE rowid IN (:docs)", { docs: rows.map(({ doc }) => doc) });
  const docOf = new Map(rows.map(({ doc, good_id }) => [good_id, doc]));
  for (const { goodId, title, body } of entries) {
    const doc = docOf.get(goodId);
    if (doc === undefined) throw new Error(`the words of ${goodId} have no number`);
    await sql(ctx.db, "INSERT INTO good_index (rowid, title, body) VALUES (:doc, :title, :body)", {
      doc,
      title: title.join(" "),
      body: body.join(" "),
    });
  }
}

async function keepLexemes(ctx: Context, goodIds: readonly Id[], entries: readonly Entry[]): Promise<void> {
  const kept = new Set(entries.map(({ goodId }) => goodId));
  await sql(ctx.db, "DELETE FROM good_words WHERE good_id IN (:gone)", { gone: goodIds.filter((id) => !kept.has(id)) });
  if (entries.length === 0) return;
  const values = entries.map((_, at) => `(CAST(:good${at} AS uuid), CAST(:words${at} AS tsvector))`).join(", ");
  const named = entries.flatMap((one, at) => [
    [`good${at}`, one.goodId] as const,
    [`words${at}`, lexemes(one)] as const,
  ]);
  await sql(
    ctx.db,
    `INSERT INTO good_words (good_id, words) VALUES ${values}
     ON CONFLICT (good_id) DO UPDATE SET words = excluded.words`,
    Object.fromEntries(named),
  );
}

/** In PostgreSQL's own writing: words of the title weigh A, the others B. Words have no quotes in them. */
const lexemes = ({ title, body }: Entry): string =>
  [...title.map((word) => `'${word}':1A`), ...body.map((word) => `'${word}':1B`)].join(" ");
