import type { Hex } from "viem";
import type { Config } from "../../config.ts";
import type { Context } from "../../core/db/context.ts";
import { type ExceptionPlace, recordExceptions, type UnmatchedOrder } from "../../flows/paymentExceptions.ts";
import { recordPayments } from "../../flows/recordPayment.ts";
import { applyAgreement } from "../../modules/agreements/index.ts";
import type { ChainBlock, ChainCursor, ChainLog, CursorMove, Lease } from "../../modules/chains/index.ts";
import * as chains from "../../modules/chains/index.ts";
import * as ledger from "../../modules/ledger/index.ts";
import { applyFolds, type Confidence, type PaymentChange } from "../../modules/payments/index.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { creditMovements, type FoldsOfOrder, foldsOf, type LogsOfSubject, orderMovements } from "./journals.ts";
import {
  byAgreement,
  byOrder,
  type CreditMove,
  creditMoves,
  creditOwner,
  foldAgreementLogs,
  idOf,
  inOrder,
  type ReadLog,
  readAgain,
} from "./logRows.ts";
import { MARGIN } from "./look.ts";
import { type Book, settle } from "./settle.ts";

/** How a change is written. */
export interface ChangeSettings extends ExceptionPlace {
  readonly leaseTtlMs: number;
}

/** How changes of a configured chain are written. */
export const changeSettings = ({
  id,
  escrow,
  operator,
  tokens,
  leaseMs,
  returnUnknown,
}: Pick<Config["chain"], "id" | "escrow" | "operator" | "tokens" | "leaseMs" | "returnUnknown">): ChangeSettings => ({
  ...{ domain: { chainId: id, escrow }, operator, tokens, returnUnknown, leaseTtlMs: leaseMs },
});

/** What becomes of the stored part of a chain: logs leave it, logs come, the cursor goes somewhere, on or back. */
export interface Change {
  readonly to: CursorMove;
  /** Stored logs that are no longer part of the chain. */
  readonly gone: readonly ChainLog[];
  /** Logs that come, or come to count, as `logRow` makes them; in any place of the chain. */
  readonly fresh: readonly ReadLog[];
  /** To be remembered, in the place of others of the same heights. */
  readonly blocks: readonly ChainBlock[];
  /** Remembered blocks above this height are forgotten; none when undefined. */
  readonly forgetAbove?: number;
  /**
   * Set where the tables are doubted: what to derive anew besides, though none of its logs come or go. All of the
   * change is then booked against what is posted, not against what the logs came to before.
   */
  readonly anew?: Anew;
}

/** Orders and agreements by the chain's ids, accounts in lower case. */
export interface Anew {
  readonly orders: readonly Hex[];
  readonly agreements: readonly Hex[];
  readonly accounts: readonly string[];
}

/** What a change did. */
export interface Changed {
  readonly cursor: ChainCursor;
  /** The logs that came, each with the state it got. */
  readonly rows: readonly ChainLog[];
  /** By terms hash, the orders of ours that were folded anew, whether or not anything changed. */
  readonly orders: ReadonlyMap<Hex, PaymentChange>;
  /** Booked, in the order in which they were. */
  readonly journals: readonly ledger.NewJournal[];
  /** Orders whose logs cannot be. */
  readonly broken: number;
}

/** Blocks are forgotten once in so many moves. */
const PRUNE_EVERY = 64;

/**
 * Writes a change, all of it or nothing: blocks, logs, what they make of orders, agreements and ledger, the tasks that
 * follow, and the cursor. Everything is derived from the logs anew, so that nothing is ever undone by hand.
 * @param from  the cursor as it was read when the change was made out
 * @param lease of the process that follows the chain; undefined for a person's command, which the cursor's version
 *              alone keeps apart from that process: whichever of the two writes second finds the cursor moved
 * @throws LeaseLost, CursorMoved when another process writes
 */
export async function applyChange(
  ctx: Context,
  from: ChainCursor,
  change: Change,
  lease: Lease | undefined,
  settings: ChangeSettings,
): Promise<Changed> {
  const { domain, leaseTtlMs } = settings;
  const { chainId } = domain;
  const { to, gone, fresh } = change;
  if (lease) await chains.holdLease(ctx, lease, leaseTtlMs);
  const epoch = lease?.epoch ?? from.epoch;
  const step = await chains.moveCursor(ctx, from, to, epoch);

  const orders = foldAll(await touched(ctx, from, change, domain, ORDERS));
  const agreements = await touched(ctx, from, change, domain, AGREEMENTS);
  const accounts = change.anew && (await logsOfAccounts(ctx, change, chainId));
  await chains.recordLogs(ctx, gone.map(asReverted));
  if (change.forgetAbove !== undefined) await chains.forgetBlocksAbove(ctx, chainId, change.forgetAbove);
  await chains.recordBlocks(ctx, change.blocks);

  const journals: ledger.NewJournal[] = [];
  const book = journalWriter(journals, chainId, step, to.hash);
  const { changes, broken } = await applyOrders(ctx, orders, to, settings);
  const orderIdOf = (termsHash: Hex) => changes.get(termsHash)?.orderId;
  if (accounts) await settle(ctx, { orders, orderIdOf, accounts, gone, domain, book });
  else {
    for (const [termsHash, folds] of orders) book(termsHash, orderMovements(folds, chainId), orderIdOf(termsHash));
    bookCredits(creditMoves(gone, domain), creditMoves(fresh, domain), chainId, book);
  }
  await ledger.post(ctx, journals);
  const known = new Set<Hex>(changes.keys());
  for (const hash of await applyAgreements(ctx, agreements, to, chainId)) known.add(hash);
  const rows = fresh.map((row) => (isOfNobody(row, known) ? asUnmatched(row) : row));
  await chains.recordLogs(ctx, rows);
  if (step % PRUNE_EVERY === 0) await chains.forgetBlocksBelow(ctx, chainId, to.finalizedHeight - MARGIN);
  return { cursor: { ...from, ...to, epoch, version: step, stopped: null }, rows, orders: changes, journals, broken };
}

const asReverted = (row: ChainLog): ChainLog => ({ ...row, state: "reverted" });
const asUnmatched = (row: ChainLog): ChainLog => ({ ...row, state: "unmatched" });

/** Whether it is of an order or agreement, but of none that this house issued. */
function isOfNobody({ termsHash, agreementId }: ChainLog, known: ReadonlySet<Hex>): boolean {
  const subject = termsHash ?? agreementId;
  return subject !== null && !known.has(subject);
}

/** How logs are found by what they are of: orders, or agreements. */
interface Subjects {
  readonly by: <Log extends ChainLog>(logs: readonly Log[]) => ReadonlyMap<Hex, Log[]>;
  readonly besides: "orders" | "agreements";
  readonly between: typeof chains.ordersBetween;
  readonly logsOf: typeof chains.logsOfOrders;
}
const ORDERS: Subjects = {
  ...{ by: byOrder, besides: "orders", between: chains.ordersBetween, logsOf: chains.logsOfOrders },
};
const AGREEMENTS: Subjects = {
  ...{ by: byAgreement, besides: "agreements", between: chains.agreementsBetween, logsOf: chains.logsOfAgreements },
};

/** Every order or agreement whose logs or confidence change, with its logs before and after; in one order for all writers. */
async function touched(
  ctx: Context,
  from: ChainCursor,
  { to, gone, fresh, anew }: Change,
  domain: EscrowDomain,
  { by, besides, between, logsOf }: Subjects,
): Promise<Map<Hex, LogsOfSubject>> {
  const { chainId } = from;
  const passed = (a: number, b: number) => between(ctx, chainId, Math.min(a, b), Math.max(a, b));
  const surer = [
    ...(await passed(from.confirmedHeight, to.confirmedHeight)),
    ...(await passed(from.finalizedHeight, to.finalizedHeight)),
  ];
  const come = by(fresh);
  const ids = [...new Set([...by(gone).keys(), ...come.keys(), ...surer, ...(anew?.[besides] ?? [])])].sort();
  const stored = await logsOf(ctx, chainId, ids);
  const had = by(stored.map((log) => readAgain(log, domain, anew !== undefined)));
  const left = new Set(gone.map(idOf));
  return new Map(
    ids.map((id) => {
      const before = had.get(id) ?? [];
      const stay = left.size === 0 ? before : before.filter((log) => !left.has(idOf(log)));
      return [id, { before, after: inOrder([...stay, ...(come.get(id) ?? [])]) }];
    }),
  );
}

const foldAll = (orders: ReadonlyMap<Hex, LogsOfSubject>): ReadonlyMap<Hex, FoldsOfOrder> =>
  new Map([...orders].map(([termsHash, logs]) => [termsHash, foldsOf(logs)]));

/** All logs of the doubted accounts, and of those whose logs come or go, as they are afterwards. */
async function logsOfAccounts(ctx: Context, { gone, fresh, anew }: Change, chainId: number): Promise<ChainLog[]> {
  const named = [...gone, ...fresh].flatMap(({ account }) => account ?? []);
  const stored = await chains.logsOfAccounts(ctx, chainId, [...new Set([...named, ...(anew?.accounts ?? [])])]);
  const left = new Set(gone.map(idOf));
  return inOrder([...stored.filter((log) => !left.has(idOf(log))), ...fresh.filter(({ account }) => account !== null)]);
}

/** Makes journals of movements, with keys that name this move of the cursor, so that each happens once. */
const journalWriter =
  (journals: ledger.NewJournal[], chainId: number, step: number, blockHash: Hex): Book =>
  (owner, movements, orderId) => {
    for (const { what, height, deltas } of movements) {
      const key = `${chainId}:${step}:${blockHash}:${owner}:${what}`;
      journals.push({ key, chainId, blockHash, height, deltas, ...(orderId ? { orderId } : { subject: owner }) });
    }
  };

/** Lets orders follow. One that is not ours moves the ledger only: its money is in the same escrow. */
async function applyOrders(
  ctx: Context,
  orders: ReadonlyMap<Hex, FoldsOfOrder>,
  to: CursorMove,
  place: ExceptionPlace,
): Promise<{ changes: ReadonlyMap<Hex, PaymentChange>; broken: number }> {
  const { domain } = place;
  const folded = [...orders].map(([termsHash, { logs, after }]) => ({
    ...{ termsHash, fold: after, confidence: confidenceOf(logs.after, to), newest: logs.after.at(-1) },
  }));
  const changes = await applyFolds(ctx, domain.chainId, folded);
  await recordPayments(ctx, [...changes.values()]);
  const unmatched = folded
    .filter(({ termsHash }) => !changes.has(termsHash))
    .map(
      ({ newest, ...order }): UnmatchedOrder => ({
        ...order,
        height: newest?.height ?? 0,
        txHash: newest?.txHash ?? null,
      }),
    );
  const { confirmedHeight } = to;
  await recordExceptions(ctx, place, { unmatched, changes: [...changes.values()], confirmedHeight });
  return { changes, broken: folded.filter(({ fold }) => fold?.broken).length };
}

/** Lets agreements follow. @returns those that this house issued */
async function applyAgreements(
  ctx: Context,
  agreements: ReadonlyMap<Hex, LogsOfSubject>,
  to: CursorMove,
  chainId: number,
): Promise<Hex[]> {
  const ours: Hex[] = [];
  for (const [hash, { after }] of agreements) {
    const fold = foldAgreementLogs(after);
    const id = await applyAgreement(ctx, { chainId, hash, fold, confidence: confidenceOf(after, to) });
    if (id !== undefined) ours.push(hash);
  }
  return ours;
}

function confidenceOf(logs: readonly ChainLog[], to: CursorMove): Confidence {
  const newest = logs.at(-1)?.height ?? Number.POSITIVE_INFINITY;
  if (newest <= to.finalizedHeight) return "final";
  return newest <= to.confirmedHeight ? "confirmed" : "seen";
}

function bookCredits(gone: readonly CreditMove[], come: readonly CreditMove[], chainId: number, book: Book): void {
  const of = ({ event }: CreditMove): string => creditOwner(event);
  const [before, after] = [Map.groupBy(gone, of), Map.groupBy(come, of)];
  for (const owner of [...new Set([...before.keys(), ...after.keys()])].sort())
    book(owner, creditMovements(before.get(owner) ?? [], after.get(owner) ?? [], chainId));
}
