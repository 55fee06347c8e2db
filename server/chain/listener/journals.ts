import type { OrderFold } from "../../protocol/fold.ts";
import {
  creditPositions,
  orderPositions,
  type Positions,
  positionChanges,
  sumPositions,
} from "../../protocol/positions.ts";
import { type CreditMove, foldLogs, type ReadLog } from "./logRows.ts";

/** What the ledger is told: changes of accounts, and the block from which they hold. */
export interface Movement {
  readonly what: "forward" | "back";
  readonly height: number;
  readonly deltas: Positions;
}

/** The logs of one order or agreement as they were and as they are now, both in the order of the chain. */
export interface LogsOfSubject {
  readonly before: readonly ReadLog[];
  readonly after: readonly ReadLog[];
}

/** An order's logs as they were and as they are now, and what they come to. */
export interface FoldsOfOrder {
  readonly logs: LogsOfSubject;
  readonly before: OrderFold | undefined;
  readonly after: OrderFold | undefined;
  /** Of the logs that both begin with. */
  readonly staying: OrderFold | undefined;
  /** Of the logs behind those: what leaves, and what comes instead. */
  readonly gone: readonly ReadLog[];
  readonly come: readonly ReadLog[];
}

/** Folds what both begin with once, and goes on from there. */
export function foldsOf(logs: LogsOfSubject): FoldsOfOrder {
  const { before, after } = logs;
  const kept = commonBeginning(before, after);
  const [gone, come] = [before.slice(kept), after.slice(kept)];
  const staying = foldLogs(after.slice(0, kept));
  return { logs, staying, gone, come, before: foldLogs(gone, staying), after: foldLogs(come, staying) };
}

/**
 * How the ledger gets from an order's logs before to those after. Everything behind the logs that both begin with is
 * taken back at the lowest height it had, and what comes instead is booked at its own, so that nothing counts as final
 * before its block.
 */
export function orderMovements({ gone, come, ...folds }: FoldsOfOrder, chainId: number): Movement[] {
  if (gone.length === 0 && come.length === 0) return [];
  const staying = positionsOf(folds.staying, chainId);
  const before = folds.before === folds.staying ? staying : positionsOf(folds.before, chainId);
  const after = positionsOf(folds.after, chainId);
  const [lowestGone] = heights(gone);
  const highest = heights(come).at(-1);
  if (heights(gone).at(-1) === highest && positionChanges(before, after).size === 0) return [];
  return [
    ...movement("back", lowestGone, positionChanges(before, staying)),
    ...movement("forward", highest, positionChanges(staying, after)),
  ];
}

/** How many logs both lists begin with. */
function commonBeginning(before: readonly ReadLog[], after: readonly ReadLog[]): number {
  const differs = before.findIndex(({ blockHash, logIndex }, at) => {
    const other = after[at];
    return other?.blockHash !== blockHash || other.logIndex !== logIndex;
  });
  return differs === -1 ? before.length : differs;
}

/** How the ledger gets from what is posted to what the logs come to, which hold from `height` on. */
export const settlement = (posted: Positions, target: Positions, height: number): Movement[] =>
  movement("forward", height, positionChanges(posted, target));

/** Where an order's logs leave its money. */
export const positionsOf = (fold: OrderFold | undefined, chainId: number): Positions =>
  fold ? orderPositions(fold, chainId) : new Map();

/** How the ledger follows what happened to one account's credit in one token without an order, gone and come. */
export function creditMovements(gone: readonly CreditMove[], come: readonly CreditMove[], chainId: number): Movement[] {
  const sum = (list: readonly CreditMove[]): Positions =>
    sumPositions(list.map(({ event }) => creditPositions(event, chainId)));
  return [
    ...movement("back", heights(gone)[0], negated(sum(gone))),
    ...movement("forward", heights(come).at(-1), sum(come)),
  ];
}

const movement = (what: Movement["what"], height: number | undefined, deltas: Positions): Movement[] =>
  height === undefined || deltas.size === 0 ? [] : [{ what, height, deltas }];

const heights = (logs: readonly { height: number }[]): number[] =>
  logs.map(({ height }) => height).sort((a, b) => a - b);

const negated = (positions: Positions): Positions =>
  new Map([...positions].map(([account, amount]) => [account, -amount]));
