import { In } from "typeorm";
import type { Actor, Context, Json, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { updateRows } from "../../core/db/updateRows.ts";
import { type Id, newId } from "../../core/ids.ts";
import { operatorLane } from "../chains/index.ts";
import { type EscrowOrder, PaymentRequest } from "./entities.ts";
import { paymentProblems } from "./problems.ts";
import {
  canStillHappen,
  type PaymentChange,
  type RequestKind,
  type RequestSide,
  sideOf,
  undone,
  wasDone,
} from "./rules.ts";

/** What is asked of the operator. */
export interface Asked {
  readonly kind: RequestKind;
  /** Base units of the order's token. */
  readonly amount: bigint;
  /** What else the operator needs, such as a signature; numbers as decimal text. */
  readonly proof?: Readonly<Record<string, string>>;
}

/**
 * Asks the operator to move an order's money: writes the request and the task `operator.<kind>` with
 * `{order_id, request_id, amount, held_before | captured_before, …proof}`, all of it text. A release without proof is
 * of matured money, which the escrow releases for anybody. The chain decides; only its logs say that it happened.
 * @param chainTimeS newest chain second; a request that the chain can no longer do makes room for this one
 * @throws payment_request_running, payment_amount_exceeded
 */
export async function ask(ctx: Context, order: EscrowOrder, asked: Asked, chainTimeS: number): Promise<PaymentRequest> {
  const { kind, amount, proof = {} } = asked;
  const side = sideOf(kind);
  const before = order[side];
  if (amount <= 0n || amount > before)
    throw paymentProblems.payment_amount_exceeded(`${before} base units are ${side}, ${amount} were asked for.`, {
      available: before.toString(),
    });
  await makeRoom(ctx, order, side, chainTimeS);
  const request = {
    ...{ id: newId(), orderId: order.orderId, kind, side, amount, before },
    ...{ state: "open" as const, askedBy: nameOf(ctx.actor), createdAt: ctx.clock.now() },
  };
  if (!(await insertOpen(ctx, request))) throw paymentProblems.payment_request_running();
  await ctx.emit(`operator.${kind}`, payloadOf(request, proof), {
    key: `operator.${kind}:${request.id}`,
    lane: operatorLane(order.chainId),
  });
  return request;
}

const payloadOf = (request: PaymentRequest, proof: Readonly<Record<string, string>>): Json => ({
  order_id: request.orderId,
  request_id: request.id,
  amount: request.amount.toString(),
  [`${request.side}_before`]: request.before.toString(),
  ...proof,
});

const nameOf = (actor: Actor): string => (actor.kind === "user" ? actor.id : actor.name);

/** Requests of an order that the chain can still do. */
export async function runningRequests(
  ctx: ReadContext,
  order: EscrowOrder,
  chainTimeS: number,
): Promise<PaymentRequest[]> {
  const open = await openRequests(ctx, order.orderId);
  return open.filter((request) => canStillHappen(request, order, chainTimeS));
}

/** Drops an open request that the chain can no longer do; throws `payment_request_running` when it still can. */
async function makeRoom(ctx: Context, order: EscrowOrder, side: RequestSide, chainTimeS: number): Promise<void> {
  const open = (await openRequests(ctx, order.orderId)).find((request) => request.side === side);
  if (open === undefined) return;
  if (canStillHappen(open, order, chainTimeS)) throw paymentProblems.payment_request_running();
  await dropRequest(ctx, open.id);
}

/** One statement, so that of two at the same moment one sees that it was second. */
async function insertOpen(ctx: Context, request: PaymentRequest): Promise<boolean> {
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO payment_request (id, order_id, kind, side, amount, before, state, asked_by, created_at)
     VALUES (:id, :orderId, :kind, :side, :amount, :before, :state, :askedBy, :createdAt)
     ON CONFLICT (order_id, side) WHERE state = 'open' DO NOTHING`,
    { ...request },
  );
  return affected === 1;
}

/** Requests of an order that the chain was not seen to do. */
const openRequests = (ctx: ReadContext, orderId: Id): Promise<PaymentRequest[]> =>
  ctx.db.findBy(PaymentRequest, { orderId, state: "open" });

/** Gives up an open request; for the operator, when the chain refuses it for good. */
export async function dropRequest(ctx: Context, requestId: Id): Promise<void> {
  await ctx.db.update(PaymentRequest, { id: requestId, state: "open" }, { state: "dropped" });
}

/** Ends the requests whose quantity has changed: `done` where that is what was asked, else `dropped`. */
export async function closeRequests(ctx: Context, changes: readonly PaymentChange[]): Promise<void> {
  const moved = changes.filter(({ before: b, after: a }) => b.held !== a.held || b.captured !== a.captured);
  if (moved.length === 0) return;
  const byOrder = new Map(moved.map((change) => [change.orderId, change]));
  const { rows: open } = await sql<Pick<PaymentRequest, "id" | "kind" | "side"> & { order_id: Id }>(
    ctx.db,
    "SELECT id, order_id, kind, side FROM payment_request WHERE order_id IN (:orderIds) AND state = 'open'",
    { orderIds: [...byOrder.keys()] },
  );
  const ended = open.flatMap(({ id, order_id, kind, side }) => {
    const change = byOrder.get(order_id);
    if (change === undefined || change.before[side] === change.after[side]) return [];
    const state = wasDone(kind, change.before, change.after) ? "done" : "dropped";
    return [{ was: { id, state: "open" }, next: { state } }];
  });
  await updateRows(ctx.db, "payment_request", ended);
}

/** Requests of an order that were done and of which a reorganisation took what they did, oldest first. */
export async function undoneRequests(ctx: ReadContext, order: EscrowOrder): Promise<PaymentRequest[]> {
  const { orderId } = order;
  const done = await ctx.db.find(PaymentRequest, { where: { orderId, state: "done" }, order: { id: "ASC" } });
  return undone(done, order);
}

/**
 * Asks once more for what a reorganisation took, as far as the chain can still do it.
 * @returns the request in its place; undefined where nothing of it can be done any more
 * @throws payment_request_running
 */
export async function askAnew(
  ctx: Context,
  order: EscrowOrder,
  { id, kind, amount }: PaymentRequest,
  chainTimeS: number,
): Promise<PaymentRequest | undefined> {
  const left = order[sideOf(kind)];
  const again = amount < left ? amount : left;
  if (again === 0n || !canStillHappen({ kind, before: left }, order, chainTimeS)) return undefined;
  const request = await ask(ctx, order, { kind, amount: again }, chainTimeS);
  await ctx.db.update(PaymentRequest, { id, state: "done" }, { state: "dropped" });
  return request;
}

/** These requests, by id, whatever became of them. */
export async function requestsByIds(ctx: ReadContext, ids: readonly Id[]): Promise<ReadonlyMap<Id, PaymentRequest>> {
  if (ids.length === 0) return new Map();
  const found = await ctx.db.findBy(PaymentRequest, { id: In([...ids]) });
  return new Map(found.map((request) => [request.id, request]));
}
