import { In, LessThan } from "typeorm";
import { z } from "zod";
import type { ReadContext } from "../../core/db/context.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import { Order, OrderHistory, OrderLine } from "./entities.ts";

/** Whose orders a list has. */
export type Whose = { readonly userId: Id } | { readonly merchantId: Id };

const Key = z.tuple([Uuid]);

/** Orders, newest first; ids are in the order of time. @throws cursor_invalid */
export async function list(ctx: ReadContext, whose: Whose, request: PageRequest): Promise<Slice<Order>> {
  const before = request.cursor === undefined ? {} : { id: LessThan(decodeCursor(request.cursor, Key)[0]) };
  const found = await ctx.db.find(Order, {
    where: { ...whose, ...before },
    order: { id: "DESC" },
    skip: request.cursor === undefined ? offsetOf(request) : 0,
    take: request.per_page + 1,
  });
  return { ...cutPage(found, request.per_page, ({ id }) => [id]), ...(await howMany(ctx, whose)) };
}

const howMany = (ctx: ReadContext, whose: Whose) =>
  "userId" in whose
    ? countRows(ctx, "shop_order WHERE user_id = :userId", { userId: whose.userId })
    : countRows(ctx, "shop_order WHERE merchant_id = :merchantId", { merchantId: whose.merchantId });

/** Lines of these orders, by order. */
export async function linesOf(ctx: ReadContext, orderIds: readonly Id[]): Promise<ReadonlyMap<Id, OrderLine[]>> {
  const lines = await ctx.db.find(OrderLine, { where: { orderId: In(orderIds) }, order: { goodId: "ASC" } });
  return Map.groupBy(lines, ({ orderId }) => orderId);
}

/** Orders of a payment, in the order they were placed. */
export const ofPayment = (ctx: ReadContext, paymentId: Id): Promise<Order[]> =>
  ctx.db.find(Order, { where: { paymentId }, order: { id: "ASC" } });

/** Everything that happened to an order, oldest first. */
export const historyOf = (ctx: ReadContext, orderId: Id): Promise<OrderHistory[]> =>
  ctx.db.find(OrderHistory, { where: { orderId }, order: { id: "ASC" } });

/** These orders, in no order; without those that do not exist. */
export const byIds = (ctx: ReadContext, ids: readonly Id[]): Promise<Order[]> =>
  ctx.db.findBy(Order, { id: In([...ids]) });
