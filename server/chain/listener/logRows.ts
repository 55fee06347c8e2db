import type { Hex } from "viem";
import type { ChainLog } from "../../modules/chains/index.ts";
import { type AgreementFold, foldAgreement } from "../../protocol/agreementFold.ts";
import { creditKey } from "../../protocol/creditFold.ts";
import {
  type CreditEvent,
  isAgreementEvent,
  isCreditEvent,
  isOrderEvent,
  type OrderEvent,
} from "../../protocol/decode.ts";
import { foldOrder, type OrderFold } from "../../protocol/fold.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import type { RawLog } from "../rpc/read.ts";
import { eventOf } from "./eventOf.ts";

/** A log as the table keeps it. One that cannot be read is quarantined; whether an order or agreement is ours is found out later. */
export function logRow(log: RawLog, domain: EscrowDomain): ChainLog {
  const { address: _, ...kept } = log;
  const event = eventOf(log, domain);
  const of = { termsHash: null, agreementId: null, account: null };
  const row = { ...kept, chainId: domain.chainId, event: event.kind, ...of };
  if (event.kind === "undecodable") return { ...row, event: null, state: "quarantined" };
  if (isOrderEvent(event)) return { ...row, termsHash: event.id, state: "applied" };
  if (isAgreementEvent(event)) return { ...row, agreementId: event.agreementId, state: "applied" };
  return { ...row, account: event.account.toLowerCase(), state: "applied" };
}

/** What makes a log of a chain that log. */
export const idOf = ({ blockHash, logIndex }: ChainLog): string => `${blockHash}:${logIndex}`;

/** Logs in the order of the chain. */
export const inOrder = (logs: readonly ChainLog[]): ChainLog[] =>
  [...logs].sort((a, b) => a.height - b.height || a.logIndex - b.logIndex);

/** The events of one order's logs, which are in the order of the chain. */
const orderEvents = (logs: readonly ChainLog[], domain: EscrowDomain): OrderEvent[] =>
  logs.map((log) => eventOf(log, domain)).filter((event) => isOrderEvent(event));

/** What an order's logs come to; undefined without any. */
export const foldLogs = (logs: readonly ChainLog[], domain: EscrowDomain): OrderFold | undefined =>
  foldOrder(orderEvents(logs, domain));

/** What an agreement's logs, which are in the order of the chain, come to; undefined without any. */
export const foldAgreementLogs = (logs: readonly ChainLog[], domain: EscrowDomain): AgreementFold | undefined =>
  foldAgreement(logs.map((log) => eventOf(log, domain)).filter((event) => isAgreementEvent(event)));

/** What changed credits without an order: a withdrawal, a deposit, a sale paid elsewhere; with the block it is in. */
export type CreditMove = { readonly event: CreditEvent; readonly height: number };

/** What these logs, of no order and no agreement, did to credits. */
export const creditMoves = (logs: readonly ChainLog[], domain: EscrowDomain): CreditMove[] =>
  logs.flatMap((log) => {
    const event = log.account === null ? undefined : eventOf(log, domain);
    return event && isCreditEvent(event) ? [{ event, height: log.height }] : [];
  });

/** Whose credit in which token an event of no order is of, in lower case: of a sale, who owes the others. */
export const creditOwner = (event: CreditEvent): string =>
  creditKey(event.account, event.kind === "distributed" ? event.sale.token : event.token);

/** Logs by the order they are of. */
export const byOrder = (logs: readonly ChainLog[]): ReadonlyMap<Hex, ChainLog[]> =>
  by(logs, ({ termsHash }) => termsHash);

/** Logs by the agreement they are of. */
export const byAgreement = (logs: readonly ChainLog[]): ReadonlyMap<Hex, ChainLog[]> =>
  by(logs, ({ agreementId }) => agreementId);

function by(logs: readonly ChainLog[], subjectOf: (log: ChainLog) => Hex | null): ReadonlyMap<Hex, ChainLog[]> {
  const groups = new Map<Hex, ChainLog[]>();
  for (const log of logs) {
    const subject = subjectOf(log);
    if (!subject) continue;
    const same = groups.get(subject);
    if (same) same.push(log);
    else groups.set(subject, [log]);
  }
  return groups;
}
