import { In } from "typeorm";
import type { Hex } from "viem";
import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import { EscrowOrder, Payment } from "./entities.ts";

/** A place in a round over orders: the last one of the page before. */
export interface OrderPlace {
  readonly orderId: Id;
  /** Chain second. */
  readonly authorizeByS: number;
}

type PageRow = { order_id: Id; terms_hash: Hex; authorize_by_s: string | number };
export type OrderPage = readonly (OrderPlace & { readonly termsHash: Hex })[];

const toPage = (rows: readonly PageRow[]): OrderPage =>
  rows.map(({ order_id, terms_hash, authorize_by_s }) => ({
    ...{ orderId: order_id, termsHash: terms_hash, authorizeByS: Number(authorize_by_s) },
  }));

/** A page of the orders whose rows say that money is in the escrow, by order id. */
export async function openOrders(
  ctx: ReadContext,
  chainId: number,
  after: OrderPlace | undefined,
  most: number,
): Promise<OrderPage> {
  const { rows } = await sql<PageRow>(
    ctx.db,
    `SELECT order_id, terms_hash, authorize_by_s FROM escrow_order
     WHERE chain_id = :chainId AND (held <> '0' OR captured <> '0' OR disputed <> '0') AND order_id > :orderId
     ORDER BY order_id LIMIT ${most}`,
    { chainId, orderId: after?.orderId ?? FIRST },
  );
  return toPage(rows);
}

/** A page of the orders that wait for a payment which may still come, or may have come a moment ago. */
export async function waitingOrders(
  ctx: ReadContext,
  { chainId, sinceS }: { readonly chainId: number; readonly sinceS: number },
  after: OrderPlace | undefined,
  most: number,
): Promise<OrderPage> {
  const { orderId, authorizeByS } = after ?? { orderId: FIRST, authorizeByS: sinceS };
  const { rows } = await sql<PageRow>(
    ctx.db,
    `SELECT order_id, terms_hash, authorize_by_s FROM escrow_order
     WHERE chain_id = :chainId AND state = 'pending' AND authorize_by_s >= :authorizeByS
       AND (authorize_by_s > :authorizeByS OR order_id > :orderId)
     ORDER BY authorize_by_s, order_id LIMIT ${most}`,
    { chainId, orderId, authorizeByS },
  );
  return toPage(rows);
}

/** Before every id. */
const FIRST = "00000000-0000-0000-0000-000000000000";

/** An escrow order as its row says, with the time at which its payment was opened, in epoch milliseconds. */
export type SweptOrder = EscrowOrder & { readonly openedAt: number };

/** The rows of these orders of ours, by the chain's ids. Two queries. */
export async function sweptOrders(
  ctx: ReadContext,
  chainId: number,
  hashes: readonly Hex[],
): Promise<ReadonlyMap<Hex, SweptOrder>> {
  if (hashes.length === 0) return new Map();
  const orders = await ctx.db.findBy(EscrowOrder, { chainId, termsHash: In([...hashes]) });
  const payments = await ctx.db.findBy(Payment, { id: In(orders.map(({ paymentId }) => paymentId)) });
  const openedAt = new Map(payments.map(({ id, createdAt }) => [id, createdAt]));
  return new Map(orders.map((order) => [order.termsHash, { ...order, openedAt: openedAt.get(order.paymentId) ?? 0 }]));
}
