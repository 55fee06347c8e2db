import { type Address, type Hex, isAddressEqual } from "viem";
import { decodeLog, isOrderEvent } from "../../protocol/decode.ts";
import { foldOrder, type OrderFold } from "../../protocol/fold.ts";
import { ledgerAccount, orderPositions, withdrawalPositions } from "../../protocol/positions.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { agreementStandings } from "./agreements.ts";
import { type ChainSide, creditKey } from "./chainSide.ts";
import type { HouseSide, OrderRow } from "./houseSide.ts";

/** Two that should say the same and do not. */
export interface Difference {
  /** fold: the stored logs. orders: the escrow orders. agreements: theirs. ledger: its accounts. chain: its views and logs. */
  readonly what: "fold" | "orders" | "agreements" | "ledger" | "chain";
  /** The row or the slot, by name. */
  readonly where: string;
  /** By the chain. */
  readonly expected: string;
  readonly actual: string;
}

type Amounts = Readonly<Record<string, bigint | string>>;

/** One difference for a row that has any field wrong; it names all of them. */
function difference(what: Difference["what"], where: string, expected: Amounts, actual: Amounts): Difference[] {
  const wrong = Object.keys(expected).filter((name) => expected[name] !== actual[name]);
  if (wrong.length === 0) return [];
  const said = (amounts: Amounts) => wrong.map((name) => `${name} ${amounts[name]}`).join(", ");
  return [{ what, where, expected: said(expected), actual: said(actual) }];
}

/** Every difference between the chain and the house. Pure. */
export function compare(chain: ChainSide, house: HouseSide, domain: EscrowDomain): Difference[] {
  return [
    ...chainWithItself(chain),
    ...storedLogs(chain, house, domain),
    ...orderRows(chain, house.orders),
    ...agreementStandings(chain.logs, house.agreements, domain).flatMap(({ id, expected, actual }) =>
      difference("agreements", `agreement ${id}`, { state: expected }, { state: actual }),
    ),
    ...ledgerAccounts(chain, house.ledger, domain),
  ];
}

/** The views against what the logs come to, and the balance against what it must cover. */
function chainWithItself(chain: ChainSide): Difference[] {
  const orders = [...chain.orders].flatMap(([id, view]) => {
    const { used, held, captured, returned } = view;
    return difference(
      "chain",
      `orderOf ${id}`,
      { used: String(used), held, captured, returned },
      ofView(chain.folds.get(id)),
    );
  });
  const expected = creditsByLogs(chain);
  const credits = [...chain.credits].flatMap(([key, credit]) =>
    difference("chain", `creditOf ${key}`, { credit }, { credit: expected.get(key) ?? 0n }),
  );
  const holdings = [...chain.holdings].flatMap(([token, { balance, received, sent }]) => {
    const owed = owedIn(chain, token);
    const short = balance < owed ? difference("chain", `balance of ${token}`, { owed }, { owed: balance }) : [];
    if (received === undefined || sent === undefined) return short;
    return [...short, ...difference("chain", `transfers of ${token}`, { balance }, { balance: received - sent })];
  });
  return [...orders, ...credits, ...holdings];
}

const ofView = (fold: OrderFold | undefined): Amounts => ({
  used: String(fold?.terms !== undefined || fold?.cancelled === true),
  held: fold?.held ?? 0n,
  captured: fold?.captured ?? 0n,
  returned: returnedOf(fold),
});

const returnedOf = (fold: OrderFold | undefined): bigint => (fold ? fold.returnedPaid + fold.returnedCredited : 0n);

function creditsByLogs({ folds, withdrawals }: ChainSide): Map<string, bigint> {
  const credits = new Map<string, bigint>();
  for (const [name, amount] of positions({ folds, withdrawals }, 1)) {
    const [kind, account = "", , token = ""] = name.split(":");
    if (kind === "credit") credits.set(creditKey(account, token), amount);
  }
  return credits;
}

/** What the escrow must have of a token: held, captured and everybody's credit, as its views say. */
export function owedIn(chain: ChainSide, token: Address): bigint {
  let owed = 0n;
  for (const [id, { held, captured }] of chain.orders) {
    const terms = chain.folds.get(id)?.terms;
    if (terms && isAddressEqual(terms.token, token)) owed += held + captured;
  }
  for (const [key, credit] of chain.credits) if (key.endsWith(`:${token.toLowerCase()}`)) owed += credit;
  return owed;
}

/** The stored logs of each order, and of each account's withdrawals, against the chain's own. */
function storedLogs(chain: ChainSide, { logs }: HouseSide, domain: EscrowDomain): Difference[] {
  const events = logs.map((log) => decodeLog(log, domain));
  const stored = Map.groupBy(
    events.filter((event) => event.kind !== "undecodable").filter(isOrderEvent),
    ({ id }) => id,
  );
  const ids = new Set<Hex>([...chain.folds.keys(), ...stored.keys()]);
  const orders = [...ids].flatMap((id) =>
    difference(
      "fold",
      `chain_log of order ${id}`,
      ofFold(chain.folds.get(id)),
      ofFold(foldOrder(stored.get(id) ?? [])),
    ),
  );
  const none = new Map<Hex, OrderFold>();
  const theirs = positions({ folds: none, withdrawals: chain.withdrawals }, domain.chainId);
  const ours = positions(
    { folds: none, withdrawals: events.filter((event) => event.kind === "withdrawn") },
    domain.chainId,
  );
  const accounts = new Set([...theirs.keys(), ...ours.keys()].filter((name) => name.startsWith("withdrawn:")));
  const withdrawn = [...accounts].flatMap((name) =>
    difference(
      "fold",
      `chain_log of ${name}`,
      { withdrawn: theirs.get(name) ?? 0n },
      { withdrawn: ours.get(name) ?? 0n },
    ),
  );
  return [...orders, ...withdrawn];
}

const ofFold = (fold: OrderFold | undefined): Amounts => ({
  state: fold?.broken ?? fold?.state ?? "pending",
  held: fold?.held ?? 0n,
  captured: fold?.captured ?? 0n,
  released: fold?.released ?? 0n,
  returned: returnedOf(fold),
});

function orderRows({ orders, folds }: ChainSide, rows: readonly OrderRow[]): Difference[] {
  return rows.flatMap(({ orderId, termsHash, terms, state, ...row }) => {
    const view = orders.get(termsHash) ?? { used: false, held: 0n, captured: 0n, returned: 0n };
    // Burnt terms are used for ever, too, but nobody paid them.
    const paid = view.used && folds.get(termsHash)?.cancelled !== true ? terms.amount : 0n;
    const released = paid - view.held - view.captured - view.returned;
    const expected = {
      state: folds.get(termsHash)?.state ?? "pending",
      ...{ held: view.held, captured: view.captured, released, returned: view.returned },
    };
    const { held, captured, released: ours, returned } = row;
    return difference("orders", `escrow_order ${orderId}`, expected, {
      state,
      held,
      captured,
      released: ours,
      returned,
    });
  });
}

/** Every account of the ledger against the positions of orders and withdrawals; credits by the escrow's own view. */
function ledgerAccounts(
  chain: ChainSide,
  ledger: ReadonlyMap<string, bigint>,
  { chainId }: EscrowDomain,
): Difference[] {
  const expected = positions(chain, chainId);
  for (const [key, credit] of chain.credits) {
    const [account = "", token = ""] = key.split(":");
    expected.set(ledgerAccount("credit", account, chainId, token as Address), credit);
  }
  return [...new Set([...expected.keys(), ...ledger.keys()])].flatMap((name) =>
    difference(
      "ledger",
      `ledger_account ${name}`,
      { balance: expected.get(name) ?? 0n },
      { balance: ledger.get(name) ?? 0n },
    ),
  );
}

function positions(
  { folds, withdrawals }: Pick<ChainSide, "folds" | "withdrawals">,
  chainId: number,
): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  const all = [
    ...[...folds.values()].map((fold) => orderPositions(fold, chainId)),
    ...withdrawals.map((event) => withdrawalPositions(event, chainId)),
  ];
  for (const one of all) for (const [name, amount] of one) sums.set(name, (sums.get(name) ?? 0n) + amount);
  return sums;
}
