import type { Hex } from "viem";
import { type ReadContext, system } from "../../core/db/context.ts";
import { chainTimeS } from "../../modules/chains/index.ts";
import { creditPage, escrowOwners } from "../../modules/ledger/index.ts";
import { type OrderPlace, openOrders, waitingOrders } from "../../modules/payments/index.ts";

export const ACTOR = system("sweep");

/** Orders of each kind, and credits, that one sweep looks at. */
const PAGE = 100;
/** An order that is not paid is looked at until so long after its window, in seconds. */
const LATE_S = 2 * 86_400;

/** How far each round has come; undefined and empty at its beginning. */
export interface Rounds {
  readonly open: OrderPlace | undefined;
  readonly waiting: OrderPlace | undefined;
  readonly ledger: string;
  readonly credits: string;
}

export const FIRST_ROUND: Rounds = { open: undefined, waiting: undefined, ledger: "", credits: "" };

/** What to look at next. */
export interface NextPage {
  readonly orders: readonly Hex[];
  readonly credits: readonly string[];
  readonly rounds: Rounds;
}

/**
 * The next page of each round: orders that hold money by their rows, that hold some by the ledger, that wait for a
 * payment, and credits. At its end a round begins anew.
 */
export async function nextPage(ctx: ReadContext, chainId: number, rounds: Rounds): Promise<NextPage> {
  const sinceS = (await chainTimeS(ctx, chainId)) - LATE_S;
  const open = await openOrders(ctx, chainId, rounds.open, PAGE);
  const waiting = await waitingOrders(ctx, { chainId, sinceS }, rounds.waiting, PAGE);
  const ledger = await escrowOwners(ctx, chainId, rounds.ledger, PAGE);
  const credits = await creditPage(ctx, chainId, rounds.credits, PAGE);
  const hashes = [...open, ...waiting].map(({ termsHash }) => termsHash);
  return {
    orders: [...new Set([...hashes, ...ledger.map(({ owner }) => owner as Hex)])],
    credits,
    rounds: {
      open: lastOf(open),
      waiting: lastOf(waiting),
      ledger: lastOf(ledger)?.name ?? "",
      credits: lastOf(credits) ?? "",
    },
  };
}

/** The last of a full page; after one that is not full the round is over. */
const lastOf = <T>(page: readonly T[]): T | undefined => (page.length === PAGE ? page.at(-1) : undefined);
