import { type Address, type Hex, isAddressEqual, pad, toEventSelector, zeroAddress } from "viem";
import { type CreditFold, creditKey, foldCredits } from "../../protocol/creditFold.ts";
import {
  type CreditEvent,
  decodeLog,
  type EscrowEvent,
  isCreditEvent,
  isOrderEvent,
  type OrderEvent,
} from "../../protocol/decode.ts";
import { foldOrder, type OrderFold } from "../../protocol/fold.ts";
import type { EscrowDomain, Terms } from "../../protocol/terms.ts";
import type { Ask } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { type LogSpan, logsCall, type RawLog, toLogs } from "../rpc/read.ts";
import { balanceView, creditView, type OrderOnChain, orderView, type View } from "../views.ts";

/** Where the money is and up to which block it is looked at. */
export interface Place extends EscrowDomain {
  readonly startBlock: number;
  readonly height: number;
  /** Blocks asked for at once. */
  readonly span: number;
}

/** What the chain itself says at one block, read without a look at the house's tables. */
export interface ChainSide {
  readonly logs: readonly RawLog[];
  /** By the order's id. */
  readonly folds: ReadonlyMap<Hex, OrderFold>;
  /** Deposits, withdrawals and sales paid elsewhere. */
  readonly creditEvents: readonly CreditEvent[];
  /** What the logs say of everybody's credit, by `creditKey`. */
  readonly creditFolds: ReadonlyMap<string, CreditFold>;
  /** What the escrow's views say of the orders that were asked for. */
  readonly orders: ReadonlyMap<Hex, OrderOnChain>;
  /** What the escrow's view says of credits, by `creditKey`, in base units. */
  readonly credits: ReadonlyMap<string, bigint>;
  /** By token. */
  readonly holdings: ReadonlyMap<Address, Holding>;
}

/** The escrow's own money of one token, in base units; what moved is undefined for ETH, which has no logs. */
export interface Holding {
  readonly balance: bigint;
  readonly received: bigint | undefined;
  readonly sent: bigint | undefined;
}

/** Orders and accounts to ask for besides those that the logs name. */
export interface AlsoAsk {
  readonly orders: ReadonlyMap<Hex, Terms>;
  readonly accounts: readonly { readonly account: Address; readonly token: Address }[];
  readonly tokens: readonly Address[];
}

const TRANSFER = toEventSelector("event Transfer(address indexed from, address indexed to, uint256 value)");
/** Views asked for in one go. */
const AT_ONCE = 500;

/** Reads the escrow's logs, slots, credits and balances at the place's block. */
export async function readChainSide(ask: Ask, place: Place, also: AlsoAsk): Promise<ChainSide> {
  const logs = await allLogs(ask, place, place.escrow);
  const events = logs.map((log) => decodeLog(log, place)).filter((event) => event.kind !== "undecodable");
  const folds = foldsOf(events);
  const creditEvents = events.filter(isCreditEvent);
  const creditFolds = foldCredits(folds.values(), creditEvents);

  const terms = new Map(also.orders);
  for (const [id, fold] of folds) if (fold.terms) terms.set(id, fold.terms);
  const orders = await views(ask, [...terms], (one) => orderView(place.escrow, one, place.height));
  const accounts = accountsOf([...terms.values()], also, creditFolds);
  const credits = await views(ask, [...accounts], ({ account, token }) =>
    creditView(place.escrow, account, token, place.height),
  );
  const named = [...terms.values(), ...creditFolds.values()].map(({ token }) => token);
  const holdings = new Map<Address, Holding>();
  for (const token of new Set([...also.tokens, ...named])) holdings.set(token, await holding(ask, place, token));
  return { logs, folds, creditEvents, creditFolds, orders, credits, holdings };
}

function foldsOf(events: readonly EscrowEvent[]): Map<Hex, OrderFold> {
  const byOrder = Map.groupBy<Hex, OrderEvent>(events.filter(isOrderEvent), ({ id }) => id);
  const folds = new Map<Hex, OrderFold>();
  for (const [id, own] of byOrder) {
    const fold = foldOrder(own);
    if (fold) folds.set(id, fold);
  }
  return folds;
}

type Account = { readonly account: Address; readonly token: Address };

function accountsOf(orders: readonly Terms[], also: AlsoAsk, folds: ChainSide["creditFolds"]) {
  const all: Account[] = [
    ...orders.flatMap(({ payer, token, legs }) =>
      [payer, ...legs.map((leg) => leg.account)].map((account) => ({ account, token })),
    ),
    ...also.accounts,
    ...folds.values(),
  ];
  return new Map(all.map(({ account, token }) => [creditKey(account, token), { account, token }]));
}

/** Asks a view for every entry, some hundreds in one go. */
async function views<Key, Entry, T>(
  ask: Ask,
  entries: readonly (readonly [Key, Entry])[],
  view: (entry: Entry) => View<T>,
): Promise<Map<Key, T>> {
  const seen = new Map<Key, T>();
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE).map(([key, entry]) => ({ key, view: view(entry) }));
    const answers = await ask(some.map((one) => one.view.call));
    for (const [index, { key, view: one }] of some.entries()) seen.set(key, one.read(answers[index]));
  }
  return seen;
}

async function holding(ask: Ask, place: Place, token: Address): Promise<Holding> {
  const view = balanceView(token, place.escrow, place.height);
  const balance = view.read((await ask([view.call]))[0]);
  if (isAddressEqual(token, zeroAddress)) return { balance, received: undefined, sent: undefined };
  const escrow = pad(place.escrow).toLowerCase() as Hex;
  const received = await allLogs(ask, place, token, [TRANSFER, null, escrow]);
  const sent = await allLogs(ask, place, token, [TRANSFER, escrow]);
  return { balance, received: sum(received), sent: sum(sent) };
}

const sum = (transfers: readonly RawLog[]): bigint => transfers.reduce((total, { data }) => total + BigInt(data), 0n);

/** All logs of a contract up to the place's block; a span that is too large is halved. */
async function allLogs(ask: Ask, place: Place, address: Address, topics?: LogSpan["topics"]): Promise<RawLog[]> {
  const logs: RawLog[] = [];
  let span = place.span;
  for (let from = place.startBlock; from <= place.height; ) {
    const part = { address, from, to: Math.min(place.height, from + span - 1), ...(topics ? { topics } : {}) };
    try {
      const [answer] = await ask([logsCall(part)]);
      for (const log of toLogs(answer, part)) logs.push(log);
      from = part.to + 1;
    } catch (error) {
      if (!(error instanceof RpcError) || error.fault !== "too_large" || span === 1) throw error;
      span = Math.max(1, Math.floor(span / 2));
    }
  }
  return logs;
}
