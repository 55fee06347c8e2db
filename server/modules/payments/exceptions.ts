import { In, LessThan } from "typeorm";
import type { Address, Hex } from "viem";
import { z } from "zod";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import { type Terms, termsToJson } from "../../protocol/terms.ts";
import { EscrowOrder } from "./entities.ts";
import { PaymentException, PaymentExceptionEvent } from "./exceptionEntities.ts";
import {
  type ExceptionKind,
  type ExceptionState,
  exceptionState,
  type Standing,
  standingOf,
} from "./exceptionRules.ts";
import { paymentProblems } from "./problems.ts";
import type { PaymentSnapshot } from "./rules.ts";

/** What the chain says of a payment that should not be, or not like this. */
export interface ExceptionFacts {
  readonly chainId: number;
  readonly escrow: Address;
  readonly termsHash: Hex;
  readonly terms: Terms;
  readonly kind: ExceptionKind;
  readonly orderId: Id | null;
  /** What the order costs, in base units of its token. */
  readonly expected: bigint | null;
  readonly payment: PaymentSnapshot;
  /** Whether the operator can give it back. */
  readonly isReturnable: boolean;
  /** The block of its newest log, and the transaction that brought it; 0 and null without one. */
  readonly height: number;
  readonly txHash: Hex | null;
}

/** A step that an exception made. */
export interface ExceptionStep {
  readonly exception: PaymentException;
  /** undefined: it is new. */
  readonly from: ExceptionState | undefined;
}

/** These exceptions of a chain, by terms hash. */
export async function exceptionsByHash(
  ctx: ReadContext,
  chainId: number,
  hashes: readonly Hex[],
): Promise<ReadonlyMap<Hex, PaymentException>> {
  if (hashes.length === 0) return new Map();
  const found = await ctx.db.findBy(PaymentException, { chainId, termsHash: In([...hashes]) });
  return new Map(found.map((row) => [row.termsHash, row]));
}

/**
 * Writes what the logs of such payments say, in the listener's transaction, with the trail. The same facts a second time
 * are nothing; a payment that never was and is not leaves nothing. Its kind stays as it was when it came: what follows,
 * such as the order being paid as agreed once it is back, makes it nothing else.
 * @returns those that came to another state
 * @throws payment_moved when somebody else wrote meanwhile; the transaction is to run again
 */
export async function applyExceptions(ctx: Context, facts: readonly ExceptionFacts[]): Promise<ExceptionStep[]> {
  const [first] = facts;
  if (first === undefined) return [];
  const hashes = facts.map(({ termsHash }) => termsHash);
  const known = await exceptionsByHash(ctx, first.chainId, hashes);
  const fresh: PaymentException[] = [];
  const steps: (ExceptionStep & Pick<ExceptionFacts, "txHash">)[] = [];
  for (const fact of facts) {
    const before = known.get(fact.termsHash);
    const standing = standingOf(before?.kind ?? fact.kind, fact.payment);
    if (before === undefined && !standing.exists) continue;
    const exception = rowOf(ctx, before, fact, standing);
    if (before === undefined) fresh.push(exception);
    else if (!(await replace(ctx, before, exception))) continue;
    if (before?.state !== exception.state) steps.push({ exception, from: before?.state, txHash: fact.txHash });
  }
  if (fresh.length > 0) await ctx.db.insert(PaymentException, fresh);
  await note(
    ctx,
    steps.map(({ exception, txHash }) => ({ exception, event: exception.state, note: noteOf(exception), txHash })),
  );
  return steps;
}

function rowOf(
  ctx: Context,
  before: PaymentException | undefined,
  facts: ExceptionFacts,
  standing: Standing,
): PaymentException {
  const { chainId, escrow, termsHash, terms, orderId, expected, payment, isReturnable } = facts;
  const now = ctx.clock.now();
  const kind = before === undefined || before.state === "gone" ? facts.kind : before.kind;
  return {
    ...{ id: before?.id ?? newId(), chainId, escrow, termsHash, orderId, kind, expected },
    ...{ payer: terms.payer, token: terms.token, paid: terms.amount, captureByS: terms.captureBy },
    ...{ due: standing.due, returned: standing.returned, sound: payment.broken === null },
    state: exceptionState(before?.state, standing, isReturnable),
    terms: termsToJson(terms),
    height: standing.exists ? facts.height : 0,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
}

const CHANGING = ["orderId", "kind", "expected", "due", "returned", "sound", "state", "height"] as const;

/** @returns whether anything is different */
async function replace(ctx: Context, before: PaymentException, after: PaymentException): Promise<boolean> {
  if (CHANGING.every((field) => before[field] === after[field])) return false;
  const { id, version } = before;
  const changed = Object.fromEntries(CHANGING.map((field) => [field, after[field]]));
  const next = { ...changed, version: after.version, updatedAt: after.updatedAt };
  const { affected } = await ctx.db.update(PaymentException, { id, version }, next);
  if (affected !== 1) throw paymentProblems.payment_moved("Its state was written by somebody else meanwhile.");
  return true;
}

function noteOf({ kind, state, paid, expected, due, returned }: PaymentException): string {
  const came = expected === null || kind === "late" ? `${paid} paid` : `${paid} paid, ${expected} expected`;
  return `${kind}: ${came}, ${state === "gone" ? "gone from the chain" : `${due} due, ${returned} back`}`;
}

/** Lets exceptions come to another state, or be of another kind, for a reason that is no log of theirs. */
export async function changeExceptions(
  ctx: Context,
  changes: readonly {
    before: PaymentException;
    after: Partial<Pick<PaymentException, "kind" | "state">>;
    why: string;
  }[],
): Promise<ExceptionStep[]> {
  const steps: (ExceptionStep & { why: string })[] = [];
  for (const { before, after, why } of changes) {
    const exception = { ...before, ...after, version: before.version + 1, updatedAt: ctx.clock.now() };
    if (await replace(ctx, before, exception)) steps.push({ exception, from: before.state, why });
  }
  await note(
    ctx,
    steps.map(({ exception, from, why }) => ({
      ...{ exception, note: why, txHash: null },
      event: from === exception.state ? exception.kind : exception.state,
    })),
  );
  return steps;
}

interface Trace {
  readonly exception: Pick<PaymentException, "id">;
  readonly event: string;
  readonly note: string;
  readonly txHash: Hex | null;
}

/** Writes into the trail. */
export async function note(ctx: Context, traces: readonly Trace[]): Promise<void> {
  if (traces.length === 0) return;
  await ctx.db.insert(
    PaymentExceptionEvent,
    traces.map(({ exception, ...trace }) => ({
      ...{ ...trace, id: newId(), exceptionId: exception.id, at: ctx.clock.now() },
    })),
  );
}

/** Most that are taken up with one range of blocks; the others with the next. */
const MOST_RIPE = 500;

/**
 * Exceptions that wait for confirmations and have them: whose newest log is not above `confirmedHeight`. Late ones have
 * their order's, and are not among them.
 */
export const ripeExceptions = (
  ctx: ReadContext,
  chainId: number,
  confirmedHeight: number,
): Promise<PaymentException[]> =>
  ctx.db
    .createQueryBuilder(PaymentException, "exception")
    .where("exception.chainId = :chainId AND exception.height <= :confirmedHeight", { chainId, confirmedHeight })
    // Spelt out, for SQLite takes a partial index for no parameter.
    .andWhere("exception.state = 'open' AND exception.sound AND exception.kind <> 'late'")
    .orderBy("exception.height")
    .limit(MOST_RIPE)
    .getMany();

/** Exceptions that were meant for these orders, oldest first. Of a thousand orders there is seldom one. */
export async function exceptionsOf(ctx: ReadContext, orderIds: readonly Id[]): Promise<PaymentException[]> {
  const { rows } = await sql<{ id: Id }>(ctx.db, "SELECT id FROM payment_exception WHERE order_id IN (:orderIds)", {
    orderIds,
  });
  if (rows.length === 0) return [];
  return ctx.db.find(PaymentException, { where: { id: In(rows.map(({ id }) => id)) }, order: { id: "ASC" } });
}

/** These exceptions, by id. */
export async function exceptionsByIds(
  ctx: ReadContext,
  ids: readonly Id[],
): Promise<ReadonlyMap<Id, PaymentException>> {
  const found = await ctx.db.findBy(PaymentException, { id: In([...ids]) });
  return new Map(found.map((row) => [row.id, row]));
}

/** The trails of these exceptions, oldest step first. One query. */
export async function trailsOf(
  ctx: ReadContext,
  ids: readonly Id[],
): Promise<ReadonlyMap<Id, PaymentExceptionEvent[]>> {
  const order = { exceptionId: "ASC", id: "ASC" } as const;
  const found = await ctx.db.find(PaymentExceptionEvent, { where: { exceptionId: In([...ids]) }, order });
  return Map.groupBy(found, ({ exceptionId }) => exceptionId);
}

/** The orders of ours on a chain by the salts of their terms; of several with one salt the first. One query. */
export async function ordersBySalt(
  ctx: ReadContext,
  { chainId, escrow }: Pick<EscrowOrder, "chainId" | "escrow">,
  salts: readonly bigint[],
): Promise<ReadonlyMap<string, EscrowOrder>> {
  if (salts.length === 0) return new Map();
  const salt = In([...new Set(salts.map(String))]);
  const found = await ctx.db.find(EscrowOrder, { where: { chainId, salt, escrow }, order: { orderId: "DESC" } });
  return new Map(found.map((row) => [row.terms.salt, row]));
}

const Key = z.tuple([Uuid]);

interface ExceptionFilter {
  readonly state?: ExceptionState | undefined;
  readonly kind?: ExceptionKind | undefined;
  /** Only what one of these paid. */
  readonly payers?: readonly Address[] | undefined;
}

/** A page of exceptions, newest first, all or as the filter says. @throws cursor_invalid */
export async function exceptionsIn(
  ctx: ReadContext,
  { state, kind, payers, ...request }: PageRequest & ExceptionFilter,
): Promise<Slice<PaymentException>> {
  const { cursor, per_page } = request;
  const filters = {
    ...(state === undefined ? {} : { state }),
    ...(kind === undefined ? {} : { kind }),
    ...(payers === undefined ? {} : { payer: In([...payers]) }),
  };
  const found = await ctx.db.find(PaymentException, {
    where: cursor === undefined ? filters : { ...filters, id: LessThan(decodeCursor(cursor, Key)[0]) },
    order: { id: "DESC" },
    skip: cursor === undefined ? offsetOf(request) : 0,
    take: per_page + 1,
  });
  const conditions = [
    ...(state === undefined ? [] : ["state = :state"]),
    ...(kind === undefined ? [] : ["kind = :kind"]),
    ...(payers === undefined ? [] : ["payer IN (:payers)"]),
  ];
  const rows = conditions.length === 0 ? "payment_exception" : `payment_exception WHERE ${conditions.join(" AND ")}`;
  const values = { state: state ?? "", kind: kind ?? "", payers: payers ?? [] };
  return { ...cutPage(found, per_page, ({ id }) => [id]), ...(await countRows(ctx, rows, values)) };
}

/** How many exceptions of a chain are of each kind and in each state. */
export async function countExceptions(
  ctx: ReadContext,
  chainId: number,
): Promise<{ kind: ExceptionKind; state: ExceptionState; count: number }[]> {
  const { rows } = await sql<{ kind: ExceptionKind; state: ExceptionState; n: number | string }>(
    ctx.db,
    "SELECT kind, state, count(*) AS n FROM payment_exception WHERE chain_id = :chainId GROUP BY kind, state",
    { chainId },
  );
  return rows.map(({ kind, state, n }) => ({ kind, state, count: Number(n) }));
}
