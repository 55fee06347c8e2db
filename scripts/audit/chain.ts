import type { Address } from "viem";
import { balanceOf, type ChainClient } from "../client/chain.ts";
import { inParallel } from "../support/parallel.ts";
import { type AccountPage, type Amounts, type Books, noAmounts, type OrderPage, returnedOf } from "./books.ts";
import { compare, type Difference } from "./difference.ts";
import { amountsOnChain, creditOnChain, eventsOnChain, orderOnChain } from "./onChain.ts";

/** Questions to the node at the same time. */
const WIDTH = 20;

/** Where the escrow is, and what it is paid in. */
export interface Place {
  readonly chain: ChainClient;
  readonly escrow: Address;
  readonly startBlock: number;
  readonly tokens: readonly Address[];
}

/** Holds the books against the contract's views, its events, and its balances. */
export async function againstChain(books: Books, place: Place): Promise<Difference[]> {
  const { chain, escrow } = place;
  const orders = await inParallel(books.orders, WIDTH, (page) => orderAgainstContract(page, place));
  const credits = await inParallel(books.accounts(), WIDTH, (page) => creditAgainstContract(page, place));
  const events = amountsOnChain(await eventsOnChain(chain, escrow, place.startBlock));
  const totals = place.tokens.map((token) =>
    compare("events", `token ${token}`, sums(books.amounts(token)), sums(events.get(token) ?? noAmounts())),
  );
  const holdings = await Promise.all(
    place.tokens.map(async (token) =>
      compare(
        "wallet",
        `escrow, token ${token}`,
        { balance: owed(books.amounts(token)) },
        { balance: await balanceOf(chain, token, escrow) },
      ),
    ),
  );
  return [...orders, ...credits, ...totals, ...holdings].flat();
}

/**
 * Holds what people have in their wallets against the books. For tokens only: of ETH, gas was paid, too.
 * @param minted what a wallet was given before the story, in base units
 */
export async function againstWallets(
  books: Books,
  { chain }: Place,
  token: Address,
  people: readonly { readonly account: { readonly address: Address }; readonly minted: bigint }[],
): Promise<Difference[]> {
  const found = await inParallel(people, WIDTH, async ({ account: { address }, minted }) => {
    const expected = minted + books.inWallet(address, token);
    const what = `${address}, token ${token}`;
    return compare("wallet", what, { balance: expected }, { balance: await balanceOf(chain, token, address) });
  });
  return found.flat();
}

const sums = (amounts: Amounts): Record<string, bigint> => ({ ...amounts });

/** What the escrow must hold of a token: all that came in and did not go out. */
const owed = ({ held, captured_unreleased, disputed, credited, spent, withdrawn }: Amounts): bigint =>
  held + captured_unreleased + disputed + credited - spent - withdrawn;

/** Holds the contract's view of one order against the books. */
export async function orderAgainstContract(page: OrderPage, { chain, escrow }: Place): Promise<Difference[]> {
  const { held, captured, returned, disputed, refunded, ...view } = await orderOnChain(chain, escrow, page.terms);
  const undisputed = { disputed: 0n, ruling_by: 0n, round: 0n, refunded_released: 0n };
  const expected = { held: page.held, captured: page.captured, returned: returnedOf(page), ...undisputed };
  const disputes = { disputed, ruling_by: BigInt(view.rulingBy), round: BigInt(view.round) };
  const actual = { held, captured, returned, ...disputes, refunded_released: refunded };
  return compare("contract", `order ${page.orderId}`, expected, actual);
}

async function creditAgainstContract(page: AccountPage, { chain, escrow }: Place): Promise<Difference[]> {
  const { account, token, credited, withdrawn } = page;
  const credit = await creditOnChain(chain, escrow, account, token);
  return compare("contract", `account ${account}, token ${token}`, { credit: credited - withdrawn }, { credit });
}
