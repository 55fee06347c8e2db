import type { Address } from "viem";
import { orderAgainstApi } from "../audit/api.ts";
import type { OrderPage } from "../audit/books.ts";
import { againstChain, againstWallets, orderAgainstContract } from "../audit/chain.ts";
import { compare, type Difference } from "../audit/difference.ts";
import { againstLedger, holdingOf, readHouse } from "../audit/ledger.ts";
import { eventsOnChain, gasOnChain } from "../audit/onChain.ts";
import type { Outcome, PayeeRow } from "../audit/report.ts";
import { inParallel } from "../support/parallel.ts";
import { walletOf } from "./people.ts";
import type { End, PlannedOrder } from "./plan.ts";
import type { PlacedPart, Played } from "./play.ts";
import { baseUnits, KINDS } from "./shares.ts";
import { type Statement, statements } from "./statement.ts";
import { termsDifferences } from "./terms.ts";
import { kindsOf, type World } from "./world.ts";

/** Requests at the same time. */
const WIDTH = 8;

/** What the whole audit found. */
export interface Count {
  readonly outcome: Outcome;
  /** Parts that were answered 201 and are not in their right end, by the API or by the contract. */
  readonly lost: number;
  readonly statements: readonly Statement[];
}

/** Holds files and books against terms, contract, events, wallets, API, ledger and the server's own reconciliation. */
export async function count(world: World, played: Played): Promise<Count> {
  const { stack, books, place, chain, token, horizon } = world;
  const { placed, failures } = played;
  const { chainId } = stack.book;
  const house = await readHouse(stack.env);
  const ends = await inParallel(placed, WIDTH, (part) => endDifferences(world, part));
  const events = await eventsOnChain(chain, place.escrow, place.startBlock);
  const stated = await statements(world, placed, events);
  const differences = [
    ...failures.flatMap(({ order, error }) => notPlaced(placed, order, error)),
    ...placed.flatMap(termsDifferences),
    ...ends.flat(),
    ...(await againstChain(books, place)),
    ...(await againstWallets(books, place, token.address, peopleOf(world))),
    ...againstLedger(books, house.ledger, chainId),
    ...house.differences,
    ...stated.flatMap(({ kind, total, onChain }) =>
      compare("statement", `all of kind ${kind}`, { credited: total }, { credited: onChain }),
    ),
  ];
  return {
    lost: ends.filter((found) => found.length > 0).length,
    statements: stated,
    outcome: {
      orders: placed.length,
      payees: payeeRows(world),
      holdings: [await holdingOf(books, place, house.ledger, chainId, token)],
      differences,
      gas: await gasOnChain(chain, place.escrow, place.startBlock),
      latency: horizon.latency(),
    },
  };
}

/** Where an order's money lies at each end. */
const MONEY_IN = {
  authorized: "held",
  captured: "captured",
  released: "released",
  voided: "voided",
  refunded: "refunded",
} as const satisfies Record<End, keyof OrderPage>;

/** Whether an order is where the files want it: by the books, which say how it came, by the API, by the contract. */
async function endDifferences({ books, place }: World, { order, part, bought }: PlacedPart): Promise<Difference[]> {
  const page = books.of(bought.orderId);
  const expected = { [order.end]: baseUnits(part.paid) };
  return [
    ...compare("books", `order ${bought.orderSn}`, expected, { [order.end]: page[MONEY_IN[order.end]] }),
    ...(await orderAgainstApi(books, bought)),
    ...(await orderAgainstContract(page, place)),
  ];
}

/** An order of the plan that the server took no part of. */
function notPlaced(placed: readonly PlacedPart[], order: PlannedOrder, error: unknown): Difference[] {
  if (placed.some((part) => part.order === order)) return [];
  return [{ source: "api", what: `order ${order.row.id}`, expected: "201", actual: String(error) }];
}

/** Everybody who may have TestUSD, with what they were given of it. */
function peopleOf({ plan, books, token }: World) {
  const minted = new Map<Address, bigint>(books.accounts().map(({ account }) => [account, 0n]));
  for (const { row, paid } of plan.played) {
    const { address } = walletOf("shopper", row.customerId);
    minted.set(address, (minted.get(address) ?? 0n) + baseUnits(paid));
  }
  return [...minted].map(([address, amount]) => ({ account: { address }, token, minted: amount }));
}

/** A row for each kind of party. */
function payeeRows(world: World): PayeeRow[] {
  const kinds = kindsOf(world);
  const pages = world.books.accounts();
  return KINDS.flatMap((kind) => {
    const own = pages.filter(({ account }) => kinds.get(account) === kind);
    if (own.length === 0) return [];
    const earnedInAll = own.reduce((sum, { credited }) => sum + credited, 0n);
    const withdrawn = own.reduce((sum, page) => sum + page.withdrawn, 0n);
    const payee = own.length === 1 ? "1 payee" : `${own.length} payees`;
    return [{ payee, role: kind, token: world.token, earned: earnedInAll, withdrawn, left: earnedInAll - withdrawn }];
  });
}
