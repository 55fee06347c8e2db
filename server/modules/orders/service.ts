import { In } from "typeorm";
import type { Actor, Context, ReadContext } from "../../core/db/context.ts";
import { insertSoon, updateSoon } from "../../core/db/gather.ts";
import { isPostgres, sql } from "../../core/db/sql.ts";
import { type Id, newId, newOrderSn } from "../../core/ids.ts";
import { Order, type OrderHead, OrderLine } from "./entities.ts";
import { orderProblems } from "./problems.ts";
import { type FulfilmentState, fulfilmentMachine, type OrderState, orderMachine } from "./rules.ts";

/** One order of a checkout. Amounts in minor units. */
export interface NewOrder
  extends Pick<
    Order,
    | "id"
    | "userId"
    | "merchantId"
    | "channelId"
    | "paymentId"
    | "currency"
    | "goodsTotal"
    | "freight"
    | "total"
    | "expressType"
    | "address"
    | "agentId"
    | "breakdown"
  > {
  readonly lines: readonly Omit<OrderLine, "orderId">[];
}

/** An order with what was bought. */
export interface PlacedOrder {
  readonly order: Order;
  readonly lines: readonly OrderLine[];
}

/** Places the orders of a checkout. */
export async function place(ctx: Context, placed: readonly NewOrder[]): Promise<PlacedOrder[]> {
  const now = ctx.clock.now();
  const orders = placed.map(({ lines, ...details }) => ({
    order: {
      ...details,
      ...{ orderSn: newOrderSn(now), state: "placed" as const, fulfilment: "unfulfilled" as const },
      ...{ cancelAskedAt: null, createdAt: now, updatedAt: now },
    },
    lines: lines.map((line) => ({ ...line, orderId: details.id })),
  }));
  await ctx.db.insert(
    Order,
    orders.map(({ order }) => order),
  );
  await ctx.db.insert(
    OrderLine,
    orders.flatMap(({ lines }) => lines),
  );
  for (const { order } of orders) await record(ctx, order, "order.placed");
  return orders;
}

/** The order, or undefined; who may see it is the caller's to ask. */
export const byId = async (ctx: ReadContext, id: Id): Promise<Order | undefined> =>
  (await ctx.db.findOneBy(Order, { id })) ?? undefined;

/**
 * The order, held until the transaction ends: who wants to change it waits. On SQLite the write gate does that.
 * Always lock the order before its stock.
 */
export async function lock(ctx: Context, id: Id): Promise<Order | undefined> {
  const query = ctx.db.createQueryBuilder(Order, "shop_order").where({ id });
  if (ctx.db.dataSource.options.type === "postgres") query.setLock("pessimistic_write");
  return (await query.getOne()) ?? undefined;
}

/**
 * These orders by id, held until the transaction ends, in the order of ids so that nobody waits in a circle. Without
 * entities, for the listener holds thousands at once.
 */
export async function lockAll(ctx: Context, ids: readonly Id[]): Promise<ReadonlyMap<Id, OrderHead>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<LockedRow>(
    ctx.db,
    `SELECT id, order_sn, user_id, merchant_id, payment_id, currency, freight, total, state, fulfilment
     FROM shop_order WHERE id IN (:ids) ORDER BY id ${isPostgres(ctx.db) ? "FOR UPDATE" : ""}`,
    { ids },
  );
  return new Map(
    rows.map(({ order_sn, user_id, merchant_id, payment_id, freight, total, ...row }) => [
      row.id,
      {
        ...{ ...row, orderSn: order_sn, userId: user_id, merchantId: merchant_id, paymentId: payment_id },
        ...{ freight: Number(freight), total: Number(total) },
      },
    ]),
  );
}

type LockedRow = Pick<Order, "id" | "currency" | "state" | "fulfilment"> &
  Readonly<Record<"order_sn" | "user_id" | "merchant_id" | "payment_id", string>> &
  Readonly<Record<"freight" | "total", number | string>>;

/** Those of these orders that nobody else holds, held until the transaction ends; it waits for none. */
export async function lockFree(ctx: Context, ids: readonly Id[]): Promise<Order[]> {
  const query = ctx.db.createQueryBuilder(Order, "shop_order").where({ id: In([...ids]) });
  if (ctx.db.dataSource.options.type === "postgres") query.setLock("pessimistic_write").setOnLocked("skip_locked");
  return query.getMany();
}

/** A step of an order: what changes, and how the history calls it. */
export interface Step {
  readonly event: string;
  readonly state?: OrderState;
  readonly fulfilment?: FulfilmentState;
  readonly note?: string;
}

/**
 * Moves an order by its transition tables and writes history.
 * @returns the order as it is now
 * @throws order_moved when somebody else was first, at the latest when what is gathered is written; IllegalTransition when the tables have no such step
 */
export async function move<O extends OrderHead>(ctx: Context, order: O, step: Step): Promise<O> {
  const { state = order.state, fulfilment = order.fulfilment } = step;
  if (state !== order.state) orderMachine.assert(order.state, state);
  if (fulfilment !== order.fulfilment) fulfilmentMachine.assert(order.fulfilment, fulfilment);
  const moved = { ...order, state, fulfilment, updatedAt: ctx.clock.now() };
  const was = { id: order.id, state: order.state, fulfilment: order.fulfilment };
  const next = { state, fulfilment, updated_at: moved.updatedAt };
  await updateSoon(ctx.db, "shop_order", order.id, { was, next }, orderProblems.order_moved);
  await record(ctx, moved, step.event, step.note);
  return moved;
}

/** Remembers that somebody wants a paid order cancelled; what the chain does decides. */
export async function askCancel(ctx: Context, order: Order, note: string): Promise<Order> {
  const asked = { ...order, cancelAskedAt: ctx.clock.now() };
  await ctx.db.update(Order, { id: order.id }, { cancelAskedAt: asked.cancelAskedAt });
  await record(ctx, asked, "order.cancel_asked", note);
  return asked;
}

/** Writes into an order's history what did not change its states. */
export async function record(ctx: Context, order: OrderHead, event: string, note?: string): Promise<void> {
  const entry = { id: newId(), order_id: order.id, event, state: order.state, fulfilment: order.fulfilment };
  const by = { actor: nameOf(ctx.actor), note: note ?? null, at: ctx.clock.now() };
  await insertSoon(ctx.db, "order_history", { ...entry, ...by });
}

/** How history calls who acted: a user's id, or the part of the house. */
export const nameOf = (actor: Actor): string => (actor.kind === "user" ? actor.id : actor.name);
