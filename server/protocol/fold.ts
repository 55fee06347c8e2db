import type { Address, Hex } from "viem";
import type { OrderEvent, WithdrawnEvent } from "./decode.ts";
import { type PaymentState, paymentState } from "./paymentState.ts";
import type { Terms } from "./terms.ts";
import { legsFault } from "./validateTerms.ts";

/**
 * What the logs of one order say of it, in base units of its token. At all times
 * amount of the terms = held + captured + released + voided + reclaimed + refunded, and
 * voided + reclaimed + refunded = returnedPaid + returnedCredited.
 */
export type OrderFold = {
  readonly id: Hex;
  /** Undefined where the terms were cancelled; else only when the first log is no sound `Authorized`, and it is broken. */
  readonly terms: Terms | undefined;
  /** How the money came in: 1 allowance, 2 ETH, 3 ERC-3009; 0 without terms. */
  readonly route: number;
  readonly held: bigint;
  readonly captured: bigint;
  /** Chain second from which anyone may release `captured`; 0 while nothing waits. */
  readonly releaseAt: number;
  readonly released: bigint;
  readonly voided: bigint;
  readonly reclaimed: bigint;
  readonly refunded: bigint;
  /** Of what went back: sent to the payer's wallet. */
  readonly returnedPaid: bigint;
  /** Of what went back: added to the payer's credit in the escrow. */
  readonly returnedCredited: bigint;
  /** The payer burnt the terms before they authorized: no money, for ever. */
  readonly cancelled: boolean;
  readonly state: PaymentState;
  /** Why the logs cannot be; everything else then stands as before the first impossible log. */
  readonly broken: string | undefined;
};

type Order = Omit<OrderFold, "state" | "broken">;

/** The order after an event, or why the event cannot follow. */
type Step = Order | string;

/**
 * Derives an order from all of its logs, sorted by block and log index. Never throws: logs that cannot follow each
 * other give a fold whose `broken` says why.
 * @returns undefined without logs
 */
export function foldOrder(events: readonly OrderEvent[]): OrderFold | undefined {
  const [first] = events;
  if (!first) return undefined;
  let order = nothing(first.id);
  for (const event of events) {
    const next = step(order, event);
    if (typeof next === "string") return { ...order, state: paymentState(order), broken: next };
    order = next;
  }
  return { ...order, state: paymentState(order), broken: undefined };
}

function step(order: Order, event: OrderEvent): Step {
  if (event.id !== order.id) return `${event.kind} is of another order, ${event.id}`;
  if (order.cancelled) return `${event.kind} after cancelled`;
  if (event.kind === "authorized") return authorized(order, event);
  if (event.kind === "cancelled") return order.terms ? "cancelled after authorized" : { ...order, cancelled: true };
  if (!order.terms) return `${event.kind} before authorized`;
  if (event.amount <= 0n) return `${event.kind} ${event.amount}`;
  switch (event.kind) {
    case "captured":
      return captured(order, order.terms, event);
    case "released":
      return released(order, event.amount);
    case "voided":
      return voided(order, event.amount);
    case "reclaimed":
      return reclaimed(order, event.amount);
    case "refunded":
      return refunded(order, event.amount);
    case "return_credited":
      return returnCredited(order, event.amount);
  }
}

type Of<K extends OrderEvent["kind"]> = Extract<OrderEvent, { kind: K }>;

function authorized(order: Order, { terms, route }: Of<"authorized">): Step {
  if (order.terms) return "authorized twice";
  const fault = terms.amount > 0n ? legsFault(terms) : "AmountZero()";
  return fault ? `authorized on terms with ${fault}` : { ...order, terms, route, held: terms.amount };
}

function captured(order: Order, terms: Terms, { amount, releaseAt }: Of<"captured">): Step {
  if (amount > order.held) return `captured ${amount} of ${order.held} held`;
  if ((releaseAt === 0) !== (terms.releaseDelay === 0)) {
    return `captured with releaseAt ${releaseAt} although the delay is ${terms.releaseDelay} s`;
  }
  const held = order.held - amount;
  if (releaseAt === 0) return { ...order, held, released: order.released + amount };
  return { ...order, held, captured: order.captured + amount, releaseAt };
}

function released(order: Order, amount: bigint): Step {
  if (amount !== order.captured) return `released ${amount} of ${order.captured} captured`;
  return { ...order, captured: 0n, releaseAt: 0, released: order.released + amount };
}

function voided(order: Order, amount: bigint): Step {
  if (amount > order.held) return `voided ${amount} of ${order.held} held`;
  return { ...back(order, amount), held: order.held - amount, voided: order.voided + amount };
}

function reclaimed(order: Order, amount: bigint): Step {
  if (amount !== order.held) return `reclaimed ${amount} of ${order.held} held`;
  return { ...back(order, amount), held: 0n, reclaimed: order.reclaimed + amount };
}

function refunded(order: Order, amount: bigint): Step {
  if (amount > order.captured) return `refunded ${amount} of ${order.captured} captured`;
  const left = order.captured - amount;
  const releaseAt = left > 0n ? order.releaseAt : 0;
  return { ...back(order, amount), captured: left, releaseAt, refunded: order.refunded + amount };
}

/** What goes back counts as sent to the wallet until `return_credited` says that it did not get there. */
const back = (order: Order, amount: bigint): Order => ({ ...order, returnedPaid: order.returnedPaid + amount });

function returnCredited(order: Order, amount: bigint): Step {
  if (amount > order.returnedPaid) return `return_credited ${amount} of ${order.returnedPaid} returned`;
  const returnedPaid = order.returnedPaid - amount;
  return { ...order, returnedPaid, returnedCredited: order.returnedCredited + amount };
}

const nothing = (id: Hex): Order => ({
  id,
  terms: undefined,
  route: 0,
  held: 0n,
  captured: 0n,
  releaseAt: 0,
  released: 0n,
  voided: 0n,
  reclaimed: 0n,
  refunded: 0n,
  returnedPaid: 0n,
  returnedCredited: 0n,
  cancelled: false,
});

/** Base units an account has withdrawn of a token so far. */
export type AccountFold = { readonly account: Address; readonly token: Address; readonly withdrawn: bigint };

/** Sums withdrawals per account and token, in the order in which each first withdrew. */
export function foldAccount(events: readonly WithdrawnEvent[]): AccountFold[] {
  const folds = new Map<string, AccountFold>();
  for (const { account, token, amount } of events) {
    const key = `${account}:${token}`.toLowerCase();
    folds.set(key, { account, token, withdrawn: (folds.get(key)?.withdrawn ?? 0n) + amount });
  }
  return [...folds.values()];
}
