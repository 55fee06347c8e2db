import type { Hex } from "viem";
import type { Context } from "../../core/db/context.ts";
import type { ChainLog } from "../../modules/chains/index.ts";
import * as ledger from "../../modules/ledger/index.ts";
import { creditPositions, sumPositions } from "../../protocol/positions.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { type FoldsOfOrder, type Movement, positionsOf, settlement } from "./journals.ts";
import { type CreditMove, creditMoves, creditOwner } from "./logRows.ts";

/** Makes journals of movements. */
export type Book = (owner: string, movements: readonly Movement[], orderId?: string) => void;

/** What is to be settled: orders with their logs before and after and what those come to, and all logs of accounts as they are afterwards. */
export interface Doubted {
  readonly orders: ReadonlyMap<Hex, FoldsOfOrder>;
  readonly orderIdOf: (termsHash: Hex) => string | undefined;
  readonly accounts: readonly ChainLog[];
  /** Logs that left the chain. */
  readonly gone: readonly ChainLog[];
  readonly domain: EscrowDomain;
  readonly book: Book;
}

/**
 * Books what is missing between the journals of orders and accounts and what their logs come to: for tables that are
 * doubted. A stored log that is gone may or may not be in the ledger, so logs before say nothing; what was posted does.
 * Where somebody wrote postings by hand nothing is booked.
 */
export async function settle(ctx: Context, doubted: Doubted): Promise<void> {
  const { orders, orderIdOf, domain, book } = doubted;
  const ownerOf = ({ event }: CreditMove): string => creditOwner(event);
  const credits = Map.groupBy(creditMoves(doubted.accounts, domain), ownerOf);
  const left = Map.groupBy(creditMoves(doubted.gone, domain), ownerOf);
  for (const owner of left.keys()) if (!credits.has(owner)) credits.set(owner, []);
  const orderIds = [...orders.keys()].flatMap((termsHash) => orderIdOf(termsHash) ?? []);
  const subjects = [...orders.keys(), ...credits.keys()];
  const posted = await ledger.posted(ctx, domain.chainId, { orderIds, subjects });

  for (const [termsHash, { logs, after }] of orders) {
    const orderId = orderIdOf(termsHash);
    const stand = posted.get(termsHash);
    const own = orderId === undefined ? new Map() : posted.get(orderId);
    if (!stand || !own) continue;
    const height = highest([...logs.before, ...logs.after]);
    book(termsHash, settlement(sumPositions([stand, own]), positionsOf(after, domain.chainId), height), orderId);
  }
  for (const [owner, moves] of credits) {
    const stand = posted.get(owner);
    if (!stand) continue;
    const target = sumPositions(moves.map(({ event }) => creditPositions(event, domain.chainId)));
    book(owner, settlement(stand, target, highest([...moves, ...(left.get(owner) ?? [])])));
  }
}

const highest = (of: readonly { readonly height: number }[]): number =>
  of.reduce((most, { height }) => Math.max(most, height), 0);
