import type { Hex } from "viem";
import { decodeLog, type EscrowEvent, isAgreementEvent, isOrderEvent } from "../../../server/protocol/decode.ts";
import type { EscrowDomain } from "../../../server/protocol/terms.ts";
import { type Branch, type LogJson, logsOf } from "../chain/blocks.ts";

/** A row of `chain_log`. */
export interface StoredLog {
  readonly block_hash: Hex;
  readonly log_index: string | number;
  readonly height: string | number;
  readonly tx_hash: Hex;
  readonly topics: string;
  readonly data: Hex;
  readonly state: string;
}

const nameOf = (blockHash: string, logIndex: string | number): string => `${blockHash}:${Number(logIndex)}`;

/** Every log that the escrow emitted on the branch that stands. */
export const escrowLogs = (branch: Branch, { escrow }: EscrowDomain): LogJson[] =>
  branch.flatMap(logsOf).filter(({ address }) => address.toLowerCase() === escrow.toLowerCase());

/**
 * The stored logs against those of the branch that stands: every one of them is there once, as it was emitted and in
 * the state that it must be in, and whatever else is stored is marked as reverted.
 */
export function judgeLogs(
  branch: Branch,
  stored: readonly StoredLog[],
  domain: EscrowDomain,
  isOurs: (id: string) => boolean,
): string[] {
  const rows = new Map(stored.map((row) => [nameOf(row.block_hash, row.log_index), row]));
  const complaints: string[] = [];
  for (const log of escrowLogs(branch, domain)) {
    const name = nameOf(log.blockHash, log.logIndex);
    const row = rows.get(name);
    rows.delete(name);
    if (!row) complaints.push(`log ${name} of block ${Number(log.blockNumber)} is not in chain_log`);
    else
      complaints.push(
        ...differences(log, row, expectedState(log, domain, isOurs)).map((what) => `chain_log ${name}: ${what}`),
      );
  }
  for (const [name, { state }] of rows)
    if (state !== "reverted") complaints.push(`chain_log ${name} is ${state}, but is not of the chain that stands`);
  return complaints;
}

function differences(log: LogJson, row: StoredLog, state: string): string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["state", state, row.state],
    ["height", Number(log.blockNumber), Number(row.height)],
    ["transaction", log.transactionHash, row.tx_hash],
    ["topics", JSON.stringify(log.topics), JSON.stringify(parsed(row.topics))],
    ["data", log.data, row.data],
  ];
  return pairs.flatMap(([what, expected, actual]) =>
    expected === actual ? [] : [`${what} is ${String(actual)} and not ${String(expected)}`],
  );
}

const parsed = (json: unknown): unknown => (typeof json === "string" ? JSON.parse(json) : json);

function expectedState(log: LogJson, domain: EscrowDomain, isOurs: (id: string) => boolean): string {
  const event = decodeLog(log, domain);
  if (event.kind === "undecodable") return "quarantined";
  const of: EscrowEvent = event;
  if (isOrderEvent(of)) return isOurs(of.id) ? "applied" : "unmatched";
  return isAgreementEvent(of) ? "unmatched" : "applied";
}
