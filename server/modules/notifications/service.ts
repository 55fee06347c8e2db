import { LessThan } from "typeorm";
import { z } from "zod";
import type { Context, Json, ReadContext } from "../../core/db/context.ts";
import { insertSoon } from "../../core/db/gather.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import { Notification } from "./entities.ts";

/**
 * Tells a user something, together with the change it is of: both stand, or neither.
 * @param kind    what happened, such as `order.paid`
 * @param payload what a page needs to say it; no secrets
 */
export async function notify(ctx: Context, userId: Id, kind: string, payload: Json): Promise<void> {
  const told = { id: newId(), user_id: userId, kind, payload: JSON.stringify(payload) };
  await insertSoon(ctx.db, "notification", { ...told, created_at: ctx.clock.now() });
}

const Key = z.tuple([Uuid]);

/** What a user was told, newest first. */
export async function notificationsOf(
  ctx: ReadContext,
  userId: Id,
  request: PageRequest,
): Promise<Slice<Notification>> {
  const before = request.cursor === undefined ? {} : { id: LessThan(decodeCursor(request.cursor, Key)[0]) };
  const found = await ctx.db.find(Notification, {
    where: { userId, ...before },
    order: { id: "DESC" },
    skip: request.cursor === undefined ? offsetOf(request) : 0,
    take: request.per_page + 1,
  });
  return {
    ...cutPage(found, request.per_page, ({ id }) => [id]),
    ...(await countRows(ctx, "notification WHERE user_id = :userId", { userId })),
  };
}
