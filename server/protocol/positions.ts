import type { Address } from "viem";
import type { WithdrawnEvent } from "./decode.ts";
import type { OrderFold } from "./fold.ts";
import { earned } from "./split.ts";
import type { Terms } from "./terms.ts";

/** Kinds of ledger accounts that the escrow's events move. */
export type LedgerKind = "payer" | "escrow_held" | "escrow_captured" | "credit" | "withdrawn";

/** Ledger account -> base units, no zeros; the values of each token sum to zero. */
export type Positions = ReadonlyMap<string, bigint>;

/**
 * The name of a ledger account: `{kind}:{owner}:{chainId}:{token}`, in lower case.
 * @param owner an address, or for escrow accounts the order's id
 */
export const ledgerAccount = (kind: LedgerKind, owner: string, chainId: number, token: Address): string =>
  `${kind}:${owner}:${chainId}:${token}`.toLowerCase();

/**
 * Where the money of one order stands: minus what the payer has put in, plus what is held, captured and credited.
 * Withdrawals are not an order's; see `withdrawalPositions`.
 */
export function orderPositions(fold: OrderFold, chainId: number): Positions {
  const { terms } = fold;
  const positions = new Map<string, bigint>();
  if (!terms) return positions;
  const add = (kind: LedgerKind, owner: string, amount: bigint) =>
    post(positions, ledgerAccount(kind, owner, chainId, terms.token), amount);

  add("payer", terms.payer, fold.returnedPaid - terms.amount);
  add("escrow_held", fold.id, fold.held);
  add("escrow_captured", fold.id, fold.captured);
  add("credit", terms.payer, fold.returnedCredited);
  for (const [account, amount] of legCredits(terms, fold.released)) add("credit", account, amount);
  return positions;
}

/** What one withdrawal moves: from the account's credit to what it has withdrawn. */
export function withdrawalPositions({ account, token, amount }: WithdrawnEvent, chainId: number): Positions {
  const positions = new Map<string, bigint>();
  post(positions, ledgerAccount("credit", account, chainId, token), -amount);
  post(positions, ledgerAccount("withdrawn", account, chainId, token), amount);
  return positions;
}

/** The postings that turn `before` into `after`; no zeros. */
export function positionChanges(before: Positions, after: Positions): Positions {
  const changes = new Map(after);
  for (const [account, amount] of before) post(changes, account, -amount);
  return changes;
}

const legCredits = (terms: Terms, released: bigint): [Address, bigint][] =>
  earned(released, terms.legs).map((amount, at) => [terms.legs[at]?.account ?? terms.payer, amount]);

function post(positions: Map<string, bigint>, account: string, amount: bigint): void {
  const sum = (positions.get(account) ?? 0n) + amount;
  if (sum === 0n) positions.delete(account);
  else positions.set(account, sum);
}
