import type { Hex } from "viem";
import type { Context } from "../../core/db/context.ts";
import { recordPayments } from "../../flows/recordPayment.ts";
import { applyAgreement } from "../../modules/agreements/index.ts";
import type { ChainBlock, ChainCursor, ChainLog, CursorMove, Lease } from "../../modules/chains/index.ts";
import * as chains from "../../modules/chains/index.ts";
import * as ledger from "../../modules/ledger/index.ts";
import { applyFolds, type Confidence } from "../../modules/payments/index.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { creditMovements, type LogsOfSubject, type Movement, orderMovements } from "./journals.ts";
import {
  byAgreement,
  byOrder,
  type CreditMove,
  creditMoves,
  creditOwner,
  foldAgreementLogs,
  foldLogs,
  logRow,
} from "./logRows.ts";
import { type Found, MARGIN } from "./look.ts";

export interface RangeSettings {
  readonly domain: EscrowDomain;
  /** Blocks a log needs, itself counted, to be confirmed. */
  readonly confirmations: number;
  readonly leaseTtlMs: number;
}

/** What a range did, for metrics and the log. */
export interface Applied {
  readonly cursor: ChainCursor;
  readonly logs: number;
  readonly quarantined: number;
  readonly unmatched: number;
  readonly broken: number;
  /** Blocks that a reorganisation took; 0 without one. */
  readonly depth: number;
}

/** Blocks are forgotten once in so many moves. */
const PRUNE_EVERY = 64;

/**
 * Writes what a look found, all of it or nothing: blocks, logs, what they make of orders, agreements and ledger, the
 * tasks that follow, and the cursor. Everything is derived from the logs anew, so that a reorganisation needs no undoing by hand.
 * @throws LeaseLost, CursorMoved when another process writes
 */
export async function applyRange(
  ctx: Context,
  from: ChainCursor,
  found: Found,
  lease: Lease,
  settings: RangeSettings,
): Promise<Applied> {
  const { domain, leaseTtlMs } = settings;
  const { chainId } = domain;
  await chains.holdLease(ctx, lease, leaseTtlMs);
  const to = destination(from, found, settings.confirmations);
  const step = await chains.moveCursor(ctx, from, to, lease.epoch);

  const fresh = found.logs.map((log) => logRow(log, domain));
  const gone = found.ancestor < from.height ? await chains.logsAbove(ctx, chainId, found.ancestor) : [];
  const touch = { from, to, ancestor: found.ancestor, gone, fresh, chainId };
  const orders = await touched(ctx, touch, ORDERS);
  const agreements = await touched(ctx, touch, AGREEMENTS);

  if (found.ancestor < from.height) {
    await chains.revertLogsAbove(ctx, chainId, found.ancestor);
    await chains.forgetBlocksAbove(ctx, chainId, found.ancestor);
  }
  await chains.recordBlocks(
    ctx,
    found.blocks.map((block): ChainBlock => withoutBloom(chainId, block)),
  );
  const journals: ledger.NewJournal[] = [];
  const book = journalWriter(journals, chainId, step, to.hash);
  const { unmatched, broken } = await applyOrders(ctx, orders, to, domain, book);
  bookCredits(creditMoves(gone, domain), creditMoves(fresh, domain), chainId, book);
  await ledger.post(ctx, journals);
  for (const hash of await applyAgreements(ctx, agreements, to, domain)) unmatched.add(hash);
  const rows = fresh.map((row) => (unmatched.has(row.termsHash ?? row.agreementId ?? "0x") ? asUnmatched(row) : row));
  await chains.recordLogs(ctx, rows);
  if (step % PRUNE_EVERY === 0) await chains.forgetBlocksBelow(ctx, chainId, to.finalizedHeight - MARGIN);

  const count = (state: ChainLog["state"]) => rows.filter((row) => row.state === state).length;
  return {
    cursor: { ...from, ...to, epoch: lease.epoch, version: step },
    logs: rows.length,
    quarantined: count("quarantined"),
    unmatched: count("unmatched"),
    broken,
    depth: from.height - found.ancestor,
  };
}

/** Where the cursor goes. What is final stays so, and what is final is confirmed. */
function destination(from: ChainCursor, { to, head, finalizedHeight }: Found, confirmations: number): CursorMove {
  const final = Math.max(from.finalizedHeight, Math.min(to.height, finalizedHeight));
  return {
    height: to.height,
    hash: to.hash,
    timestampS: to.timestampS,
    finalizedHeight: final,
    confirmedHeight: Math.max(final, Math.min(to.height, head.height - confirmations + 1)),
  };
}

const withoutBloom = (chainId: number, { logsBloom: _, ...block }: Found["blocks"][number]): ChainBlock => ({
  chainId,
  ...block,
});

const asUnmatched = (row: ChainLog): ChainLog => ({ ...row, state: "unmatched" });

interface Touch {
  readonly from: ChainCursor;
  readonly to: CursorMove;
  readonly ancestor: number;
  readonly gone: readonly ChainLog[];
  readonly fresh: readonly ChainLog[];
  readonly chainId: number;
}

/** How logs are found by what they are of: orders, or agreements. */
interface Subjects {
  readonly by: (logs: readonly ChainLog[]) => ReadonlyMap<Hex, ChainLog[]>;
  readonly between: typeof chains.ordersBetween;
  readonly logsOf: typeof chains.logsOfOrders;
}
const ORDERS: Subjects = { by: byOrder, between: chains.ordersBetween, logsOf: chains.logsOfOrders };
const AGREEMENTS: Subjects = { by: byAgreement, between: chains.agreementsBetween, logsOf: chains.logsOfAgreements };

/** Every order or agreement whose logs or confidence change, with its logs before and after; in one order for all writers. */
async function touched(
  ctx: Context,
  touch: Touch,
  { by, between, logsOf }: Subjects,
): Promise<Map<Hex, LogsOfSubject>> {
  const { from, to, ancestor, gone, fresh, chainId } = touch;
  const come = by(fresh);
  const confirmed = Math.min(from.confirmedHeight, ancestor);
  const surer = [
    ...(await between(ctx, chainId, confirmed, to.confirmedHeight)),
    ...(await between(ctx, chainId, from.finalizedHeight, to.finalizedHeight)),
  ];
  const ids = [...new Set([...by(gone).keys(), ...come.keys(), ...surer])].sort();
  const had = by(await logsOf(ctx, chainId, ids));
  return new Map(
    ids.map((id) => {
      const before = had.get(id) ?? [];
      const kept = before.filter(({ height }) => height <= ancestor);
      return [id, { before, kept, after: [...kept, ...(come.get(id) ?? [])] }];
    }),
  );
}

type Book = (owner: string, movements: readonly Movement[], orderId?: string) => void;

/** Makes journals of movements, with keys that name this move of the cursor, so that each happens once. */
const journalWriter =
  (journals: ledger.NewJournal[], chainId: number, step: number, blockHash: Hex): Book =>
  (owner, movements, orderId) => {
    for (const { what, height, deltas } of movements) {
      const key = `${chainId}:${step}:${blockHash}:${owner}:${what}`;
      journals.push({ key, chainId, blockHash, height, deltas, ...(orderId ? { orderId } : {}) });
    }
  };

/** Lets orders and ledger follow. An order that is not ours moves the ledger only: its money is in the same escrow. */
async function applyOrders(
  ctx: Context,
  orders: ReadonlyMap<Hex, LogsOfSubject>,
  to: CursorMove,
  domain: EscrowDomain,
  book: Book,
): Promise<{ unmatched: Set<Hex>; broken: number }> {
  const folded = [...orders].map(([termsHash, { after }]) => ({
    ...{ termsHash, fold: foldLogs(after, domain), confidence: confidenceOf(after, to) },
  }));
  const changes = await applyFolds(ctx, domain.chainId, folded);
  for (const [termsHash, logs] of orders)
    book(termsHash, orderMovements(logs, domain), changes.get(termsHash)?.orderId);
  await recordPayments(ctx, [...changes.values()]);
  return {
    unmatched: new Set([...orders.keys()].filter((termsHash) => !changes.has(termsHash))),
    broken: folded.filter(({ fold }) => fold?.broken).length,
  };
}

/** Lets agreements follow. @returns those that this house did not issue */
async function applyAgreements(
  ctx: Context,
  agreements: ReadonlyMap<Hex, LogsOfSubject>,
  to: CursorMove,
  domain: EscrowDomain,
): Promise<Hex[]> {
  const unmatched: Hex[] = [];
  for (const [hash, { after }] of agreements) {
    const fold = foldAgreementLogs(after, domain);
    const id = await applyAgreement(ctx, { chainId: domain.chainId, hash, fold, confidence: confidenceOf(after, to) });
    if (id === undefined) unmatched.push(hash);
  }
  return unmatched;
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
