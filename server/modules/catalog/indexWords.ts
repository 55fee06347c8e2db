import { system } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { House } from "../../core/house.ts";
import type { Id } from "../../core/ids.ts";
import type { TaskHandler } from "../../core/tasks.ts";
import { keepWords } from "./wordIndex.ts";

/** The task that keeps the words of goods from before there was a search; a migration writes it. */
const INDEX_WORDS = "catalog.index_words";

const GOODS_AT_ONCE = 500;
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** Keeps the words of every main good that has none, some at a time. */
function indexWords(house: House): TaskHandler {
  const some = (after: Id): Promise<Id | undefined> =>
    house.db.write(system(INDEX_WORDS), async (ctx) => {
      const { rows } = await sql<{ id: Id }>(
        ctx.db,
        `SELECT id FROM good WHERE id > :after AND variant_of IS NULL
           AND NOT EXISTS (SELECT 1 FROM good_words WHERE good_words.good_id = good.id)
         ORDER BY id LIMIT ${GOODS_AT_ONCE}`,
        { after },
      );
      await keepWords(
        ctx,
        rows.map(({ id }) => id),
      );
      return rows.at(-1)?.id;
    });
  return async () => {
    for (let after: Id | undefined = NOBODY; after !== undefined; ) after = await some(after);
  };
}

/** The tasks of this room. */
export const catalogHandlers = (house: House): Record<string, TaskHandler> => ({ [INDEX_WORDS]: indexWords(house) });
