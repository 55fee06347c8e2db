import type { ChainLog } from "../../modules/chains/index.ts";
import {
  creditPositions,
  orderPositions,
  type Positions,
  positionChanges,
  sumPositions,
} from "../../protocol/positions.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { type CreditMove, foldLogs, idOf } from "./logRows.ts";

/** What the ledger is told: changes of accounts, and the block from which they hold. */
export interface Movement {
  readonly what: "forward" | "back";
  readonly height: number;
  readonly deltas: Positions;
}

/** The logs of one order or agreement as they were and as they are now, both in the order of the chain. */
export interface LogsOfSubject {
  readonly before: readonly ChainLog[];
  readonly after: readonly ChainLog[];
}

/**
 * How the ledger gets from an order's logs before to those after. Everything behind the logs that both begin with is
 * taken back at the lowest height it had, and what comes instead is booked at its own, so that nothing counts as final
 * before its block.
 */
export function orderMovements({ before, after }: LogsOfSubject, domain: EscrowDomain): Movement[] {
  const positions = (logs: readonly ChainLog[]): Positions => positionsOf(logs, domain);
  const kept = commonBeginning(before, after);
  const gone = before.slice(kept);
  const come = after.slice(kept);
  const staying = positions(before.slice(0, kept));
  const [lowestGone] = heights(gone);
  const highest = heights(come).at(-1);
  const net = positionChanges(positions(before), positions(after));
  if (net.size === 0 && heights(gone).at(-1) === highest) return [];
  return [
    ...movement("back", lowestGone, positionChanges(positions(before), staying)),
    ...movement("forward", highest, positionChanges(staying, positions(after))),
  ];
}

/** How many logs both lists begin with. */
function commonBeginning(before: readonly ChainLog[], after: readonly ChainLog[]): number {
  const differs = before.findIndex((log, at) => {
    const other = after[at];
    return other === undefined || idOf(log) !== idOf(other);
  });
  return differs === -1 ? before.length : differs;
}

/** How the ledger gets from what is posted to what the logs come to, which hold from `height` on. */
export const settlement = (posted: Positions, target: Positions, height: number): Movement[] =>
  movement("forward", height, positionChanges(posted, target));

/** Where an order's logs, in the order of the chain, leave its money. */
export function positionsOf(logs: readonly ChainLog[], domain: EscrowDomain): Positions {
  const fold = foldLogs(logs, domain);
  return fold ? orderPositions(fold, domain.chainId) : new Map();
}

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
