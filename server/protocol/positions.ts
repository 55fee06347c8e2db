import type { Address } from "viem";
import { type CreditChange, eventCredits, orderCredits, signed } from "./creditFold.ts";
import type { CreditEvent } from "./decode.ts";
import { type OrderFold, ROUTE } from "./fold.ts";

/**
 * Kinds of ledger accounts that the escrow's events move. What is inside of the escrow is positive: `escrow_held`,
 * `escrow_captured` and `escrow_disputed` of an order, `credit` of an account. Outside, `payer` is what came back to a
 * payer's wallet less what it paid for orders, `deposited` what somebody's wallet put in beside that, below zero, and
 * `withdrawn` what went out of a credit.
 */
export type LedgerKind =
  | "payer"
  | "escrow_held"
  | "escrow_captured"
  | "escrow_disputed"
  | "credit"
  | "deposited"
  | "withdrawn";

/** Ledger account -> base units, no zeros; the values of each token sum to zero. */
export type Positions = ReadonlyMap<string, bigint>;

/**
 * The name of a ledger account: `{kind}:{owner}:{chainId}:{token}`, in lower case.
 * @param owner an address, or for escrow accounts the order's id
 */
export const ledgerAccount = (kind: LedgerKind, owner: string, chainId: number, token: Address): string =>
  `${kind}:${owner}:${chainId}:${token}`.toLowerCase();

/**
 * Where the money of one order stands: minus what the payer's wallet has put in, plus what is held, captured, disputed and
 * credited. An order paid by credit takes it from there and not from the wallet; what a merchant gave back after release
 * and had no credit for came out of its wallet. Events that are of no order are not in it; see `creditPositions`.
 */
export function orderPositions(fold: OrderFold, chainId: number): Positions {
  const { terms } = fold;
  const positions = new Map<string, bigint>();
  if (!terms) return positions;
  const add = (kind: LedgerKind, owner: string, amount: bigint) => {
    if (amount !== 0n) post(positions, ledgerAccount(kind, owner, chainId, terms.token), amount);
  };

  const merchant = terms.legs[0]?.account ?? terms.payer;
  add("payer", terms.payer, fold.returnedPaid - (fold.route === ROUTE.credit ? 0n : terms.amount));
  add("escrow_held", fold.id, fold.held);
  add("escrow_captured", fold.id, fold.captured);
  add("escrow_disputed", fold.id, fold.disputed);
  add("deposited", merchant, fold.refundedFromCredit - fold.refundedReleased);
  postCredits(positions, orderCredits(fold), chainId);
  return positions;
}

/**
 * What an event of no order moves: a deposit from a wallet to a credit, a withdrawal from a credit to a wallet, a sale
 * paid elsewhere from one credit to others.
 */
export function creditPositions(event: CreditEvent, chainId: number): Positions {
  const positions = new Map<string, bigint>();
  postCredits(positions, eventCredits(event), chainId);
  if (event.kind === "deposited")
    post(positions, ledgerAccount("deposited", event.from, chainId, event.token), -event.amount);
  if (event.kind === "withdrawn")
    post(positions, ledgerAccount("withdrawn", event.account, chainId, event.token), event.amount);
  return positions;
}

/** The sum of several positions. */
export function sumPositions(all: Iterable<Positions>): Positions {
  const sum = new Map<string, bigint>();
  for (const positions of all) for (const [account, amount] of positions) post(sum, account, amount);
  return sum;
}

/** The postings that turn `before` into `after`; no zeros. */
export function positionChanges(before: Positions, after: Positions): Positions {
  const changes = new Map(after);
  for (const [account, amount] of before) post(changes, account, -amount);
  return changes;
}

function postCredits(positions: Map<string, bigint>, changes: readonly CreditChange[], chainId: number): void {
  for (const change of changes)
    post(positions, ledgerAccount("credit", change.account, chainId, change.token), signed(change));
}

function post(positions: Map<string, bigint>, account: string, amount: bigint): void {
  const sum = (positions.get(account) ?? 0n) + amount;
  if (sum === 0n) positions.delete(account);
  else positions.set(account, sum);
}
