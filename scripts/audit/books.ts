import type { Address, Hex } from "viem";
import { earned } from "../../server/protocol/split.ts";
import type { Terms } from "../../server/protocol/terms.ts";

/** What one order's money came to, in base units, by what was done with it. */
export interface OrderPage {
  readonly orderId: string;
  /** The chain's id of the order. */
  readonly id: Hex;
  readonly terms: Terms;
  authorized: bigint;
  held: bigint;
  captured: bigint;
  released: bigint;
  voided: bigint;
  reclaimed: bigint;
  refunded: bigint;
  /** Of what went back: to the payer's credit instead of the wallet. */
  returnedCredited: bigint;
}

/** Base units of one token in all. */
export interface Amounts {
  authorized: bigint;
  held: bigint;
  captured_unreleased: bigint;
  disputed: bigint;
  released: bigint;
  refunded: bigint;
  voided: bigint;
  reclaimed: bigint;
  /** The payers' part of disputes that ended. */
  resolved_to_payer: bigint;
  /** Of what was released: went back at the merchants' cost. */
  refunded_released: bigint;
  deposited: bigint;
  /** What became somebody's credit, whatever became of it then. */
  credited: bigint;
  /** Credit that paid for something inside of the contract. */
  spent: bigint;
  withdrawn: bigint;
}

export const noAmounts = (): Amounts => ({
  authorized: 0n,
  held: 0n,
  captured_unreleased: 0n,
  disputed: 0n,
  released: 0n,
  refunded: 0n,
  voided: 0n,
  reclaimed: 0n,
  resolved_to_payer: 0n,
  refunded_released: 0n,
  deposited: 0n,
  credited: 0n,
  spent: 0n,
  withdrawn: 0n,
});

/** What an account earned of a token and took out, in base units. */
export interface AccountPage {
  readonly account: Address;
  readonly token: Address;
  credited: bigint;
  withdrawn: bigint;
}

/** What went back to the payer, whichever way. */
export const returnedOf = ({ voided, reclaimed, refunded }: OrderPage): bigint => voided + reclaimed + refunded;

/**
 * The own books of whoever acts. They say what was done, and nobody looks at chain or server to write them, so that
 * both can be held against them. Nobody in our stories disputes, deposits or pays by credit: those amounts stay zero here,
 * and whatever chain or server say of them is a difference.
 */
export class Books {
  readonly #orders = new Map<string, OrderPage>();
  readonly #withdrawals: { account: Address; token: Address; amount: bigint }[] = [];

  /** An order was placed; nothing is paid yet. */
  placed(orderId: string, id: Hex, terms: Terms): void {
    const nothing = { authorized: 0n, held: 0n, captured: 0n, released: 0n, voided: 0n, reclaimed: 0n, refunded: 0n };
    this.#orders.set(orderId, { orderId, id, terms, ...nothing, returnedCredited: 0n });
  }

  paid(orderId: string): void {
    const page = this.of(orderId);
    page.authorized = page.terms.amount;
    page.held = page.terms.amount;
  }

  /** @param amount all that is held unless said */
  captured(orderId: string, amount?: bigint): void {
    const page = this.of(orderId);
    const part = amount ?? page.held;
    page.held -= part;
    page.captured += part;
  }

  released(orderId: string): void {
    const page = this.of(orderId);
    page.released += page.captured;
    page.captured = 0n;
  }

  voided(orderId: string): void {
    const page = this.of(orderId);
    page.voided += page.held;
    page.held = 0n;
  }

  refunded(orderId: string, amount: bigint): void {
    const page = this.of(orderId);
    page.captured -= amount;
    page.refunded += amount;
  }

  /** @param credited whether it became the payer's credit, as when a stranger called */
  reclaimed(orderId: string, credited: boolean): void {
    const page = this.of(orderId);
    page.reclaimed += page.held;
    if (credited) page.returnedCredited += page.held;
    page.held = 0n;
  }

  withdrew(account: Address, token: Address, amount: bigint): void {
    this.#withdrawals.push({ account, token, amount });
  }

  of(orderId: string): OrderPage {
    const page = this.#orders.get(orderId);
    if (!page) throw new Error(`nobody placed an order ${orderId}`);
    return page;
  }

  get orders(): OrderPage[] {
    return [...this.#orders.values()];
  }

  /** Everybody who has or had credit. */
  accounts(): AccountPage[] {
    const pages = new Map<string, AccountPage>();
    const pageOf = (account: Address, token: Address) => {
      const key = `${account}:${token}`.toLowerCase();
      const page = pages.get(key) ?? { account, token, credited: 0n, withdrawn: 0n };
      pages.set(key, page);
      return page;
    };
    for (const { terms, released, returnedCredited } of this.orders) {
      const shares = earned(released, terms.legs);
      terms.legs.forEach((leg, at) => {
        pageOf(leg.account, terms.token).credited += shares[at] ?? 0n;
      });
      if (returnedCredited > 0n) pageOf(terms.payer, terms.token).credited += returnedCredited;
    }
    for (const { account, token, amount } of this.#withdrawals) pageOf(account, token).withdrawn += amount;
    return [...pages.values()].filter(({ credited, withdrawn }) => credited + withdrawn > 0n);
  }

  /** What a wallet has more, or less, of a token than before: paid in, given back, withdrawn. */
  inWallet(account: Address, token: Address): bigint {
    const own = this.orders.filter(({ terms }) => terms.payer === account && terms.token === token);
    const paid = own.reduce(
      (sum, { authorized, voided, reclaimed, refunded, returnedCredited }) =>
        sum + voided + reclaimed + refunded - returnedCredited - authorized,
      0n,
    );
    const taken = this.#withdrawals.filter((one) => one.account === account && one.token === token);
    return taken.reduce((sum, { amount }) => sum + amount, paid);
  }

  /** Sums of a token over all orders and accounts. */
  amounts(token: Address): Amounts {
    const sum = noAmounts();
    for (const page of this.orders.filter(({ terms }) => terms.token === token)) {
      for (const key of ["authorized", "held", "released", "refunded", "voided", "reclaimed"] as const) {
        sum[key] += page[key];
      }
      sum.captured_unreleased += page.captured;
    }
    for (const page of this.accounts().filter((account) => account.token === token)) {
      sum.credited += page.credited;
      sum.withdrawn += page.withdrawn;
    }
    return sum;
  }
}
