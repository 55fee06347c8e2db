import { type Hex, zeroAddress } from "viem";
import { type DisputedEvent, type OrderEvent, RESOLVED_BY, type ResolvedEvent } from "./decode.ts";
import { type PaymentState, paymentState } from "./paymentState.ts";
import { PPM, type Terms } from "./terms.ts";
import { legsFault } from "./validateTerms.ts";

/**
 * What the logs of one order say of it, in base units of its token. At all times
 * amount of the terms = held + captured + disputed + released + voided + reclaimed + refunded + resolvedToPayer,
 * refundedReleased <= released, and what went back in all,
 * voided + reclaimed + refunded + resolvedToPayer + refundedReleased, = returnedPaid + returnedCredited.
 */
export type OrderFold = {
  readonly id: Hex;
  /** Undefined where the terms were cancelled; else only when the first log is no sound `Authorized`, and it is broken. */
  readonly terms: Terms | undefined;
  /** How the money came in, one of `ROUTE`; 0 without terms. */
  readonly route: number;
  readonly held: bigint;
  readonly captured: bigint;
  /** Chain second from which anyone may release `captured`; 0 while nothing waits. */
  readonly releaseAt: number;
  /** Under the dispute that is open now. */
  readonly disputed: bigint;
  /** Chain second before which the arbiter may rule the open dispute; 0 while none is open. */
  readonly rulingBy: number;
  /** How many disputes there were. */
  readonly round: number;
  /** All that was ever released to the legs, whatever of it went back later. */
  readonly released: bigint;
  readonly voided: bigint;
  readonly reclaimed: bigint;
  /** Before its release; see `refundedReleased` for what went back after. */
  readonly refunded: bigint;
  /** The payer's part of disputes that ended, whoever ended them. */
  readonly resolvedToPayer: bigint;
  /** Of `released`: went back to the payer at the merchant's cost. */
  readonly refundedReleased: bigint;
  /** Of `refundedReleased`: out of the merchant's credit; the rest came out of its wallet. */
  readonly refundedFromCredit: bigint;
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

/** How an order's money came in. */
export const ROUTE = { allowance: 1, eth: 2, erc3009: 3, credit: 4 } as const;

/** What went back to the payer before it was released: X of the contract's views. */
export const returnedBeforeRelease = (
  order: Pick<OrderFold, "voided" | "reclaimed" | "refunded" | "resolvedToPayer">,
): bigint => order.voided + order.reclaimed + order.refunded + order.resolvedToPayer;

type Order = Omit<OrderFold, "state" | "broken">;

/** The order after an event, or why the event cannot follow. */
type Step = Order | string;

/**
 * Derives an order from all of its logs, sorted by block and log index. Never throws: logs that cannot follow each
 * other give a fold whose `broken` says why.
 * @returns undefined without logs
 */
export const foldOrder = (events: readonly OrderEvent[]): OrderFold | undefined => foldOn(undefined, events);

/**
 * Goes on from what an order's earlier logs came to: the same as folding all of them.
 * @param fold undefined without earlier logs
 */
export function foldOn(fold: OrderFold | undefined, events: readonly OrderEvent[]): OrderFold | undefined {
  const [first] = events;
  if (!first || fold?.broken !== undefined) return fold;
  let order: Order = fold ?? nothing(first.id);
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
  const { terms } = order;
  if (!terms) return `${event.kind} before authorized`;
  if (event.kind === "resolved") return resolved(order, terms, event);
  if (event.amount <= 0n) return `${event.kind} ${event.amount}`;
  switch (event.kind) {
    case "captured":
      return captured(order, terms, event);
    case "released":
      return released(order, event.amount);
    case "voided":
      return voided(order, event.amount);
    case "reclaimed":
      return reclaimed(order, event.amount);
    case "refunded":
      return refunded(order, event.amount);
    case "disputed":
      return disputed(order, terms, event);
    case "refunded_released":
      return refundedReleased(order, event);
    case "return_credited":
      return returnCredited(order, event.amount);
  }
}

type Of<K extends OrderEvent["kind"]> = Extract<OrderEvent, { kind: K }>;

function authorized(order: Order, { terms, route }: Of<"authorized">): Step {
  if (order.terms) return "authorized twice";
  const fault = terms.amount > 0n ? legsFault(terms) : "AmountZero()";
  if (fault) return `authorized on terms with ${fault}`;
  return isRouteOf(terms, route)
    ? { ...order, terms, route, held: terms.amount }
    : `authorized by route ${route} in ${terms.token}`;
}

/** ETH comes with the call or out of a credit, tokens by anything but the call's value. */
function isRouteOf({ token }: Terms, route: number): boolean {
  if (route === ROUTE.credit) return true;
  return token === zeroAddress ? route === ROUTE.eth : route === ROUTE.allowance || route === ROUTE.erc3009;
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
  return { ...withCaptured(order, 0n), released: order.released + amount };
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
  return { ...back(withCaptured(order, order.captured - amount), amount), refunded: order.refunded + amount };
}

function disputed(order: Order, { arbiter }: Terms, { round, amount, rulingBy }: DisputedEvent): Step {
  if (arbiter === zeroAddress) return "disputed without an arbiter";
  if (order.disputed > 0n) return `disputed while dispute ${order.round} is open`;
  if (round !== order.round + 1) return `disputed in round ${round} after ${order.round}`;
  if (amount > order.captured) return `disputed ${amount} of ${order.captured} captured`;
  if (rulingBy === 0) return "disputed with no time to rule";
  return { ...withCaptured(order, order.captured - amount), disputed: amount, round, rulingBy };
}

function resolved(order: Order, terms: Terms, { round, toPayer, toLegs, by }: ResolvedEvent): Step {
  if (order.disputed === 0n) return "resolved without a dispute";
  if (round !== order.round) return `resolved round ${round} in round ${order.round}`;
  if (toPayer < 0n || toLegs < 0n || toPayer + toLegs !== order.disputed)
    return `resolved ${toPayer} and ${toLegs} of ${order.disputed} disputed`;
  const [least, most] = payersPart(order.disputed, terms, by);
  if (toPayer < least || toPayer > most) return `resolved ${toPayer} of ${order.disputed} to the payer by ${by}`;
  return {
    ...back(order, toPayer),
    ...{ disputed: 0n, rulingBy: 0 },
    released: order.released + toLegs,
    resolvedToPayer: order.resolvedToPayer + toPayer,
  };
}

/** The least and the most that the payer can have of a dispute that ended so; an impossible range for nobody we know. */
function payersPart(amount: bigint, { defaultToPayerPpm }: Terms, by: number): [least: bigint, most: bigint] {
  switch (by) {
    case RESOLVED_BY.payer:
      return [0n, 0n];
    case RESOLVED_BY.merchant:
      return [amount, amount];
    case RESOLVED_BY.arbiter:
      return [0n, amount];
    case RESOLVED_BY.time: {
      const part = (amount * BigInt(defaultToPayerPpm)) / PPM;
      return [part, part];
    }
    default:
      return [1n, 0n];
  }
}

function refundedReleased(order: Order, { amount, fromCredit }: Of<"refunded_released">): Step {
  const left = order.released - order.refundedReleased;
  if (amount > left) return `refunded_released ${amount} of ${left} released`;
  if (fromCredit < 0n || fromCredit > amount) return `refunded_released ${amount} with ${fromCredit} from credit`;
  return {
    ...back(order, amount),
    refundedReleased: order.refundedReleased + amount,
    refundedFromCredit: order.refundedFromCredit + fromCredit,
  };
}

/** Nothing that waits has no time to wait for. */
const withCaptured = (order: Order, left: bigint): Order => ({
  ...order,
  captured: left,
  releaseAt: left > 0n ? order.releaseAt : 0,
});

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
  disputed: 0n,
  rulingBy: 0,
  round: 0,
  released: 0n,
  voided: 0n,
  reclaimed: 0n,
  refunded: 0n,
  resolvedToPayer: 0n,
  refundedReleased: 0n,
  refundedFromCredit: 0n,
  returnedPaid: 0n,
  returnedCredited: 0n,
  cancelled: false,
});
