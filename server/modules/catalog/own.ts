import { In, MoreThan } from "typeorm";
import { z } from "zod";
import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import { Good } from "./entities.ts";
import { catalogProblems } from "./problems.ts";

const AfterId = z.tuple([Uuid]);

/** All goods of a merchant, variants and unlisted ones too, in the order they came in. */
export async function goodsOf(ctx: ReadContext, merchantId: Id, request: PageRequest): Promise<Slice<Good>> {
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, AfterId)[0];
  const found = await ctx.db.find(Good, {
    where: { merchantId, ...(after === undefined ? {} : { id: MoreThan(after) }) },
    order: { id: "ASC" },
    take: request.per_page + 1,
    skip: after === undefined ? offsetOf(request) : 0,
  });
  const { rows } = await sql<{ goods: number | string }>(
    ctx.db,
    "SELECT goods FROM catalogue WHERE merchant_id = :merchantId",
    { merchantId },
  );
  return { ...cutPage(found, request.per_page, ({ id }) => [id]), total: Number(rows[0]?.goods ?? 0) };
}

/** A good and its variants, in the order they came in, the good first. @throws good_not_found */
export async function goodWithVariants(ctx: ReadContext, id: Id): Promise<readonly [Good, ...Good[]]> {
  const family = await ctx.db.find(Good, { where: [{ id }, { variantOf: id }], order: { id: "ASC" } });
  const good = family.find((one) => one.id === id);
  if (good === undefined) throw catalogProblems.good_not_found();
  return [good, ...family.filter((one) => one.id !== id)];
}

/** The next goods of a merchant after one, for reading all of them. */
export const goodsAfter = (ctx: ReadContext, merchantId: Id, after: Id, most: number): Promise<Good[]> =>
  ctx.db.find(Good, { where: { merchantId, id: MoreThan(after) }, order: { id: "ASC" }, take: most });

/** The goods of these ids; unknown ids are not in it. */
export const goodsByIds = (ctx: ReadContext, ids: readonly Id[]): Promise<Good[]> =>
  ctx.db.findBy(Good, { id: In([...new Set(ids)]) });
