import type { Address, Hex } from "viem";
import type { TokenConfig } from "../config.ts";
import type { Context } from "../core/db/context.ts";
import { operatorLane } from "../modules/chains/index.ts";
import type { OrderHead } from "../modules/orders/index.ts";
import type {
  Confidence,
  EscrowOrder,
  ExceptionFacts,
  ExceptionStep,
  PaymentChange,
  PaymentException,
} from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";
import type { OrderFold } from "../protocol/fold.ts";
import type { EscrowDomain, Terms } from "../protocol/terms.ts";
import { tellOfException } from "./tellOfException.ts";

/** Of a chain, what decides whether money can be given back. */
export interface ExceptionPlace {
  readonly domain: EscrowDomain;
  /** Our key, as terms name it. */
  readonly operator: Address;
  /** What we are paid in; of others nothing is known, so that none is ever called. */
  readonly tokens: readonly TokenConfig[];
  /** Whether our operator gives back what is paid to it for no order of ours. */
  readonly returnUnknown: boolean;
}

/** What the chain says of an order that is not ours. */
export interface UnmatchedOrder {
  readonly termsHash: Hex;
  /** Undefined when a reorganisation took all of its logs. */
  readonly fold: OrderFold | undefined;
  readonly confidence: Confidence;
  /** The block of its newest log, and the transaction that brought it; 0 and null without one. */
  readonly height: number;
  readonly txHash: Hex | null;
}

/** How long the operator is given before somebody looks whether money is on its way back, in milliseconds. */
const FIRST_LOOK_MS = 60_000;

/**
 * Finds payments that are ours but for something, and has what came so given back once the chain confirmed it: called by
 * the listener, after orders followed the same range of blocks. No order moves by it. A stranger's terms that name
 * another operator and are like none of ours are left alone.
 * @param changes of our orders in this range: what is paid beside an order that was paid is a duplicate
 * @param confirmedHeight logs up to here have their confirmations
 */
export async function recordExceptions(
  ctx: Context,
  place: ExceptionPlace,
  {
    unmatched,
    changes,
    confirmedHeight,
  }: {
    readonly unmatched: readonly UnmatchedOrder[];
    readonly changes: readonly PaymentChange[];
    readonly confirmedHeight: number;
  },
): Promise<void> {
  const steps = await payments.applyExceptions(ctx, await factsOf(ctx, place, unmatched));
  const renamed = await rename(ctx, changes);
  await follow(ctx, place, [...steps, ...renamed, ...(await ripen(ctx, place, confirmedHeight))]);
}

async function factsOf(
  ctx: Context,
  place: ExceptionPlace,
  unmatched: readonly UnmatchedOrder[],
): Promise<ExceptionFacts[]> {
  const read = unmatched.flatMap(({ fold, ...rest }) => (fold?.terms ? [{ ...rest, fold, terms: fold.terms }] : []));
  const orders = await payments.ordersBySalt(
    ctx,
    place.domain,
    read.map(({ terms }) => terms.salt),
  );
  const facts = read.flatMap(({ fold, terms, termsHash, confidence, height, txHash }): ExceptionFacts[] => {
    const order = orders.get(terms.salt.toString());
    if (order === undefined && terms.operator !== place.operator) return [];
    const kind = payments.variantKind(terms, order && { ...order, isPaid: wasPaid(order.state) });
    return [
      {
        ...{ ...place.domain, termsHash, terms, kind, height, txHash },
        ...{ orderId: order?.orderId ?? null, expected: order?.amount ?? null },
        payment: payments.snapshotOf(fold, confidence),
        isReturnable: isReturnable(place, { kind, terms }),
      },
    ];
  });
  return [...facts, ...(await gone(ctx, place, unmatched))];
}

/** Exceptions whose logs a reorganisation took. */
async function gone(
  ctx: Context,
  { domain }: ExceptionPlace,
  unmatched: readonly UnmatchedOrder[],
): Promise<ExceptionFacts[]> {
  const hashes = unmatched.filter(({ fold }) => fold === undefined).map(({ termsHash }) => termsHash);
  const known = await payments.exceptionsByHash(ctx, domain.chainId, hashes);
  return [...known.values()].map(({ terms, ...row }) => ({
    ...{ ...row, terms: payments.termsOf({ terms }), payment: payments.NOTHING_PAID, height: 0, txHash: null },
    isReturnable: false,
  }));
}

type Returnable = Pick<PaymentException, "kind"> & { readonly terms: Pick<Terms, "operator" | "token"> };

const isReturnable = ({ operator, tokens, returnUnknown }: ExceptionPlace, { kind, terms }: Returnable): boolean =>
  (returnUnknown || kind !== "unknown") &&
  terms.operator === operator &&
  tokens.some(({ address }) => address === terms.token);

/** Whether an order's own terms were ever paid. */
const wasPaid = (state: EscrowOrder["state"]): boolean => state !== "pending" && state !== "cancelled";

/**
 * What lies beside the payment of an order that is paid now is a duplicate, and where a reorganisation took that payment
 * it is none. What has ended before keeps its name.
 */
async function rename(ctx: Context, changes: readonly PaymentChange[]): Promise<ExceptionStep[]> {
  const turned = new Map(
    changes
      .filter(({ before, after }) => wasPaid(before.state) !== wasPaid(after.state))
      .map(({ orderId, after }) => [orderId, wasPaid(after.state)]),
  );
  if (turned.size === 0) return [];
  const ids = [...turned.keys()];
  const lasting = (row: PaymentException) => row.due > 0n && row.kind !== "late";
  const found = (await payments.exceptionsOf(ctx, ids)).filter(lasting);
  if (found.length === 0) return [];
  const orders = new Map((await payments.escrowOrdersOf(ctx, ids)).map((order) => [order.orderId, order]));
  return payments.changeExceptions(
    ctx,
    found.flatMap((before) => {
      const order = orders.get(before.orderId ?? "");
      const isPaid = turned.get(before.orderId ?? "") ?? false;
      const price = { token: before.token, amount: before.paid };
      const kind = payments.variantKind(price, order && { ...order, isPaid });
      return [
        { before, after: { kind }, why: isPaid ? "the order itself is paid" : "the order itself is not paid any more" },
      ];
    }),
  );
}

/** Those that wait for confirmations and have them now. */
async function ripen(ctx: Context, place: ExceptionPlace, confirmedHeight: number): Promise<ExceptionStep[]> {
  const ripe = await payments.ripeExceptions(ctx, place.domain.chainId, confirmedHeight);
  return payments.changeExceptions(
    ctx,
    ripe.map((before) => {
      const can = isReturnable(place, before);
      const why = can ? `${before.due} go back` : whyLeft(place, before);
      return { before, after: { state: can ? "returning" : "left_to_payer" }, why };
    }),
  );
}

function whyLeft({ operator, tokens }: ExceptionPlace, { terms }: PaymentException): string {
  if (terms.operator !== operator) return "its terms do not name our operator";
  return tokens.some(({ address }) => address === terms.token)
    ? "paid for no order of this house, which gives such payments back to nobody"
    : "paid in a token this house does not know, which it calls for nobody";
}

/** What follows from a step: the operator is asked, and the payer is told. */
async function follow(ctx: Context, { tokens }: ExceptionPlace, steps: readonly ExceptionStep[]): Promise<void> {
  for (const { exception, from } of steps) {
    const { state } = exception;
    if (state === from) continue;
    if (state === "returning") await askForReturn(ctx, exception, 0);
    if (state === "returning" || state === "left_to_payer") await tellOfException(ctx, tokens, exception);
  }
}

/**
 * Asks the operator for what is due, and has somebody look later whether it was done.
 * @param tries how often it was looked at; the same a second time is nothing
 */
export async function askForReturn(ctx: Context, exception: PaymentException, tries: number): Promise<void> {
  const { id, version, due, chainId, kind } = exception;
  // Those of an order's own terms are asked for as that order's requests.
  if (kind !== "late") {
    const payload = { exception_id: id, amount: due.toString(), held_before: due.toString() };
    const key = `operator.void_exception:${id}:${version}:${tries}`;
    await ctx.emit("operator.void_exception", payload, { key, lane: operatorLane(chainId) });
  }
  if (tries > 0) return;
  const runAt = ctx.clock.now() + FIRST_LOOK_MS;
  await ctx.emit("payment.return", { exception_id: id }, { key: `payment.return:${id}:${version}`, runAt });
}

/**
 * Writes down what was paid although its order had ended, and what became of it: for `recordPayments`, which has asked
 * for its return by then. Payments that went back before their order ended are no exception.
 * @param ended orders that have ended, as they are now, with what changed of their payments
 */
export async function recordLatePayments(
  ctx: Context,
  ended: readonly { readonly order: OrderHead; readonly change: PaymentChange }[],
): Promise<void> {
  if (ended.length === 0) return;
  const exceptions = await payments.exceptionsOf(
    ctx,
    ended.map(({ order }) => order.id),
  );
  const beside = new Set(exceptions.map(({ orderId }) => orderId));
  const late = ended.filter(({ order, change: { after } }) => payments.isPaid(after) || beside.has(order.id));
  if (late.length === 0) return;
  const rows = await payments.escrowOrdersOf(
    ctx,
    late.map(({ order }) => order.id),
  );
  const escrowOrders = new Map(rows.map((row) => [row.orderId, row]));
  const known = new Set(exceptions.map(({ termsHash }) => termsHash));
  const facts = late.flatMap(({ order, change: { after } }): ExceptionFacts[] => {
    const row = escrowOrders.get(order.id);
    if (row === undefined || !(payments.isPaid(after) || known.has(row.termsHash))) return [];
    const { chainId, escrow, termsHash, orderId, amount } = row;
    return [
      {
        ...{ chainId, escrow, termsHash, orderId, expected: amount, terms: payments.termsOf(row), kind: "late" },
        ...{ payment: after, isReturnable: true, height: 0, txHash: null },
      },
    ];
  });
  for (const { exception, from } of await payments.applyExceptions(ctx, facts))
    if (exception.state === "returning" && exception.state !== from) await askForReturn(ctx, exception, 0);
}
