import type { Hex } from "viem";
import type { ChainLog } from "../../modules/chains/index.ts";
import { type AgreementFold, foldAgreement } from "../../protocol/agreementFold.ts";
import { creditKey } from "../../protocol/creditFold.ts";
import {
  type CreditEvent,
  decodeAgain,
  decodeLog,
  type EscrowEvent,
  isAgreementEvent,
  isCreditEvent,
  isOrderEvent,
  type OrderEvent,
  type Undecodable,
} from "../../protocol/decode.ts";
import { foldOn, type OrderFold } from "../../protocol/fold.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import type { RawLog } from "../rpc/read.ts";

/** A log with what it says: reading one costs more than most of what is done with it, and it is folded more than once. */
export interface ReadLog extends ChainLog {
  readonly says: EscrowEvent | Undecodable;
}

/** A log as the table keeps it. One that cannot be read is quarantined; whether an order or agreement is ours is found out later. */
export function logRow(log: RawLog, domain: EscrowDomain): ReadLog {
  const { address: _, ...kept } = log;
  const says = decodeLog(log, domain);
  const of = { termsHash: null, agreementId: null, account: null };
  const row = { ...kept, chainId: domain.chainId, says, event: says.kind, ...of };
  if (says.kind === "undecodable") return { ...row, event: null, state: "quarantined" };
  if (isOrderEvent(says)) return { ...row, termsHash: says.id, state: "applied" };
  if (isAgreementEvent(says)) return { ...row, agreementId: says.agreementId, state: "applied" };
  return { ...row, account: says.account.toLowerCase(), state: "applied" };
}

/**
 * A stored log with what it says.
 * @param isDoubted whether somebody may have changed it in the table: then it is proven as if a node had given it
 */
export const readAgain = (log: ChainLog, domain: EscrowDomain, isDoubted: boolean): ReadLog => ({
  ...log,
  says: isDoubted ? decodeLog(log, domain) : decodeAgain(log, domain),
});

/** What makes a log of a chain that log. */
export const idOf = ({ blockHash, logIndex }: ChainLog): string => `${blockHash}:${logIndex}`;

/** Logs in the order of the chain. */
export const inOrder = <Log extends ChainLog>(logs: readonly Log[]): Log[] =>
  [...logs].sort((a, b) => a.height - b.height || a.logIndex - b.logIndex);

/** The events of one order's logs, which are in the order of the chain. */
const orderEvents = (logs: readonly ReadLog[]): OrderEvent[] =>
  logs.map(({ says }) => says).filter((event) => isOrderEvent(event));

/**
 * What an order's logs, which are in the order of the chain, come to; undefined without any.
 * @param from what those before them come to
 */
export const foldLogs = (logs: readonly ReadLog[], from?: OrderFold): OrderFold | undefined =>
  foldOn(from, orderEvents(logs));

/** What an agreement's logs, which are in the order of the chain, come to; undefined without any. */
export const foldAgreementLogs = (logs: readonly ReadLog[]): AgreementFold | undefined =>
  foldAgreement(logs.map(({ says }) => says).filter((event) => isAgreementEvent(event)));

/** What changed credits without an order: a withdrawal, a deposit, a sale paid elsewhere; with the block it is in. */
export type CreditMove = { readonly event: CreditEvent; readonly height: number };

/** What those of these logs that are of no order and no agreement did to credits. */
export const creditMoves = (logs: readonly (ChainLog | ReadLog)[], domain: EscrowDomain): CreditMove[] =>
  logs.flatMap((log) => {
    if (log.account === null) return [];
    const event = "says" in log ? log.says : decodeLog(log, domain);
    return isCreditEvent(event) ? [{ event, height: log.height }] : [];
  });

/** Whose credit in which token an event of no order is of, in lower case: of a sale, who owes the others. */
export const creditOwner = (event: CreditEvent): string =>
  creditKey(event.account, event.kind === "distributed" ? event.sale.token : event.token);

/** Logs by the order they are of. */
export const byOrder = <Log extends ChainLog>(logs: readonly Log[]): ReadonlyMap<Hex, Log[]> =>
  by(logs, ({ termsHash }) => termsHash);

/** Logs by the agreement they are of. */
export const byAgreement = <Log extends ChainLog>(logs: readonly Log[]): ReadonlyMap<Hex, Log[]> =>
  by(logs, ({ agreementId }) => agreementId);

function by<Log>(logs: readonly Log[], subjectOf: (log: Log) => Hex | null): ReadonlyMap<Hex, Log[]> {
  const groups = new Map<Hex, Log[]>();
  for (const log of logs) {
    const subject = subjectOf(log);
    if (!subject) continue;
    const same = groups.get(subject);
    if (same) same.push(log);
    else groups.set(subject, [log]);
  }
  return groups;
}
