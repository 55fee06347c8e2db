import { type Address, type Hex, isAddressEqual } from "viem";
import { type CreditFold, foldCredits } from "../../protocol/creditFold.ts";
import { decodeLog, isCreditEvent, isOrderEvent } from "../../protocol/decode.ts";
import { foldOrder, type OrderFold, returnedBeforeRelease } from "../../protocol/fold.ts";
import { creditPositions, ledgerAccount, orderPositions, sumPositions } from "../../protocol/positions.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { agreementStandings } from "./agreements.ts";
import type { ChainSide } from "./chainSide.ts";
import type { HouseSide, OrderRow } from "./houseSide.ts";
import { type Amounts, amountsOf, NEVER_USED, viewOf, wrongOf } from "./orderView.ts";

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

/** One difference for a row that has any field wrong; it names all of them. */
function difference(what: Difference["what"], where: string, expected: Amounts, actual: Amounts): Difference[] {
  const wrong = wrongOf(expected, actual);
  return wrong ? [{ what, where, ...wrong }] : [];
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
  const orders = [...chain.orders].flatMap(([id, view]) =>
    difference("chain", `orderOf ${id}`, amountsOf(view), amountsOf(viewOf(chain.folds.get(id)))),
  );
  const credits = [...chain.credits].flatMap(([key, credit]) =>
    difference("chain", `creditOf ${key}`, { credit }, { credit: chain.creditFolds.get(key)?.credit ?? 0n }),
  );
  const holdings = [...chain.holdings].flatMap(([token, { balance, received, sent }]) => {
    const owed = owedIn(chain, token);
    const short = balance < owed ? difference("chain", `balance of ${token}`, { owed }, { owed: balance }) : [];
    if (received === undefined || sent === undefined) return short;
    return [...short, ...difference("chain", `transfers of ${token}`, { balance }, { balance: received - sent })];
  });
  return [...orders, ...credits, ...holdings];
}

/** What the escrow must have of a token: held, captured, disputed and everybody's credit, as its views say. */
export function owedIn(chain: ChainSide, token: Address): bigint {
  let owed = 0n;
  for (const [id, { held, captured, disputed }] of chain.orders) {
    const terms = chain.folds.get(id)?.terms;
    if (terms && isAddressEqual(terms.token, token)) owed += held + captured + disputed;
  }
  for (const [key, credit] of chain.credits) if (key.endsWith(`:${token.toLowerCase()}`)) owed += credit;
  return owed;
}

/** The stored logs of each order, and of what each account did without one, against the chain's own. */
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
  const theirs = foldCredits([], chain.creditEvents);
  const ours = foldCredits([], events.filter(isCreditEvent));
  const accounts = [...new Set([...theirs.keys(), ...ours.keys()])].flatMap((key) =>
    difference("fold", `chain_log of account ${key}`, ofCredit(theirs.get(key)), ofCredit(ours.get(key))),
  );
  return [...orders, ...accounts];
}

const ofFold = (fold: OrderFold | undefined): Amounts => ({
  state: fold?.broken ?? fold?.state ?? "pending",
  ...{ held: fold?.held ?? 0n, captured: fold?.captured ?? 0n, disputed: fold?.disputed ?? 0n },
  ...{ round: String(fold?.round ?? 0), released: fold?.released ?? 0n },
  returned: fold ? returnedBeforeRelease(fold) : 0n,
  ...{ refunded: fold?.refundedReleased ?? 0n, refunded_from_credit: fold?.refundedFromCredit ?? 0n },
  returned_credited: fold?.returnedCredited ?? 0n,
});

const ofCredit = (fold: CreditFold | undefined): Amounts => ({
  ...{ deposited: fold?.deposited ?? 0n, distributed: fold?.distributed ?? 0n },
  ...{ debited: fold?.debited ?? 0n, withdrawn: fold?.withdrawn ?? 0n },
});

function orderRows({ orders, folds }: ChainSide, rows: readonly OrderRow[]): Difference[] {
  return rows.flatMap(({ orderId, termsHash, terms, ...row }) => {
    const view = orders.get(termsHash) ?? NEVER_USED;
    const { held, captured, disputed, returned, refunded } = view;
    // Burnt terms are used for ever, too, but nobody paid them.
    const paid = view.used && folds.get(termsHash)?.cancelled !== true ? terms.amount : 0n;
    const released = paid - held - captured - disputed - returned;
    const state = folds.get(termsHash)?.state ?? "pending";
    const expected = { state, held, captured, disputed, released, returned, refundedReleased: refunded };
    return difference("orders", `escrow_order ${orderId}`, expected, row);
  });
}

/** Every account of the ledger against the positions of orders and accounts; credits by the escrow's own view. */
function ledgerAccounts(
  chain: ChainSide,
  ledger: ReadonlyMap<string, bigint>,
  { chainId }: EscrowDomain,
): Difference[] {
  const expected = new Map(positions(chain, chainId));
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

const positions = ({ folds, creditEvents }: ChainSide, chainId: number) =>
  sumPositions([
    ...[...folds.values()].map((fold) => orderPositions(fold, chainId)),
    ...creditEvents.map((event) => creditPositions(event, chainId)),
  ]);
