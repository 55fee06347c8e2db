import { createHash } from "node:crypto";
import type { ItemRow, OrderRow, Sale } from "./read.ts";

/** How many channels the orders are spread over; each has its agent, whom every fourth order names. */
export const CHANNELS = 3;
const AGENT_EVERY = 4;
/** Of the cancelled orders, so many-th is sent before it is cancelled. */
const REFUND_EVERY = 3;

/** What an order's money shall have come to. */
export type End = "released" | "captured" | "authorized" | "voided" | "refunded";

const ENDS: Readonly<Record<string, End>> = {
  delivered: "released",
  shipped: "captured",
  processing: "authorized",
  invoiced: "authorized",
  approved: "authorized",
  canceled: "voided",
};

const METHODS = { credit_card: "escrow_erc3009", debit_card: "escrow_allowance" } as const;

/** A good as somebody sells it: one per product, seller, price and freight. Minor units. */
export interface GoodPlan {
  readonly key: string;
  readonly productId: string;
  readonly sellerId: string;
  readonly price: number;
  /** Of one piece. */
  readonly freight: number;
}

/** What one merchant sells in an order. Minor units. */
export interface PlannedPart {
  readonly sellerId: string;
  readonly lines: readonly { readonly good: GoodPlan; readonly count: number }[];
  readonly freight: number;
  /** Goods and freight. */
  readonly paid: number;
}

/** An order that is played: one checkout, one part per merchant. */
export interface PlannedOrder {
  readonly row: OrderRow;
  readonly method: (typeof METHODS)[keyof typeof METHODS];
  readonly end: End;
  /** 0 to 2. */
  readonly channel: number;
  /** Whether the channel's agent is named. */
  readonly agent: boolean;
  readonly parts: readonly PlannedPart[];
  /** Of all parts, in minor units. */
  readonly paid: number;
}

/** What is played, and how many rows are not and why. */
export interface Plan {
  readonly rows: number;
  readonly played: readonly PlannedOrder[];
  readonly skipped: Readonly<Record<string, number>>;
}

/** Decides for every row whether and how it is played; the same rows always give the same plan. */
export function planOf(sales: readonly Sale[]): Plan {
  const skipped: Record<string, number> = {};
  const playable: Sale[] = [];
  for (const sale of sales) {
    const reason = skipReason(sale);
    if (reason === undefined) playable.push(sale);
    else skipped[reason] = (skipped[reason] ?? 0) + 1;
  }
  const ends = endsOf(playable);
  const played = playable.map((sale, at) => plannedOrder(sale, at, ends[at] ?? "authorized"));
  return { rows: sales.length, played, skipped };
}

/** Why an order is not played; undefined when it is. */
export function skipReason({ order, items, methods }: Sale): string | undefined {
  const [method, ...others] = new Set(methods);
  if (method === undefined) return "no_payment";
  if (others.length > 0) return "several_methods";
  if (!Object.hasOwn(METHODS, method)) return method;
  if (items.length === 0) return "no_items";
  if (!Object.hasOwn(ENDS, order.status)) return `status_${order.status}`;
  return undefined;
}

/** Cancelled orders are voided, but every third one was sent before, and is refunded. */
function endsOf(sales: readonly Sale[]): End[] {
  let cancelled = 0;
  return sales.map(({ order }) => {
    const end = ENDS[order.status] ?? "authorized";
    if (end !== "voided") return end;
    cancelled += 1;
    return cancelled % REFUND_EVERY === 0 ? "refunded" : "voided";
  });
}

function plannedOrder({ order, items, methods }: Sale, at: number, end: End): PlannedOrder {
  const digest = createHash("sha256").update(order.id).digest();
  const parts = partsOf(items);
  return {
    ...{ row: order, end, parts },
    method: methods[0] === "debit_card" ? METHODS.debit_card : METHODS.credit_card,
    channel: digest.readUInt32BE(0) % CHANNELS,
    agent: at % AGENT_EVERY === AGENT_EVERY - 1,
    paid: parts.reduce((sum, { paid }) => sum + paid, 0),
  };
}

function partsOf(items: readonly ItemRow[]): PlannedPart[] {
  const bySeller = new Map<string, Map<string, { good: GoodPlan; count: number }>>();
  for (const item of items) {
    const lines = bySeller.get(item.sellerId) ?? new Map<string, { good: GoodPlan; count: number }>();
    bySeller.set(item.sellerId, lines);
    const key = [item.productId, item.sellerId, item.price, item.freight].join(":");
    const line = lines.get(key) ?? { good: { key, ...item }, count: 0 };
    lines.set(key, line);
    line.count += 1;
  }
  return [...bySeller].map(([sellerId, lines]) => {
    const own = [...lines.values()];
    const freight = own.reduce((sum, { good, count }) => sum + good.freight * count, 0);
    const paid = own.reduce((sum, { good, count }) => sum + good.price * count, freight);
    return { sellerId, lines: own, freight, paid };
  });
}
