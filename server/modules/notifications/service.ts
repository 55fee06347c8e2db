import { LessThan } from "typeorm";
import { z } from "zod";
import { type Context, type Json, type ReadContext, system } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { House } from "../../core/house.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import type { TaskHandler } from "../../core/tasks.ts";
import { Notification } from "./entities.ts";

/** The kind of the task that writes a notification. */
export const NOTIFY = "notify";

/**
 * Tells a user something once this transaction stands.
 * @param kind    what happened, such as `order.paid`
 * @param payload what a page needs to say it; no secrets
 * @param key     says the same thing only once, such as `order.paid:{id}`
 */
export const notify = (ctx: Context, userId: Id, kind: string, payload: Json, key: string): Promise<void> =>
  ctx.emit(NOTIFY, { user_id: userId, kind, payload }, { key: `${NOTIFY}:${key}` });

const Payload = z.object({ user_id: Uuid, kind: z.string(), payload: z.json() });

/** A notification that has just been written. */
export interface Told {
  readonly id: Id;
  readonly userId: Id;
  readonly kind: string;
  readonly payload: Json;
}

/**
 * Writes the notification of a task.
 * @param aside what else to do about it, in the same transaction and once only
 */
export const notifyHandler =
  (house: House, aside: (ctx: Context, told: Told) => Promise<void> = async () => undefined): TaskHandler =>
  async ({ id, payload }) => {
    const { user_id: userId, ...told } = Payload.parse(payload);
    await house.db.write(system(NOTIFY), async (ctx) => {
      const { affected } = await sql(
        ctx.db,
        `INSERT INTO notification (id, user_id, kind, payload, created_at)
         VALUES (:id, :userId, :kind, :payload, :now) ON CONFLICT (id) DO NOTHING`,
        { id, userId, kind: told.kind, payload: JSON.stringify(told.payload), now: ctx.clock.now() },
      );
      if (affected === 1) await aside(ctx, { id, userId, ...told });
    });
  };

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
