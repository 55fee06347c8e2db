import type { Hex } from "viem";
import { foldAgreement } from "../../protocol/agreementFold.ts";
import { decodeLog, isAgreementEvent } from "../../protocol/decode.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import type { RawLog } from "../rpc/read.ts";

/** An agreement as its row says. */
export interface AgreementRow {
  readonly id: string;
  readonly hash: Hex;
  readonly state: string;
}

/** Where an agreement of ours stands by the chain's own logs, and by its row. */
export interface AgreementStanding {
  readonly id: string;
  readonly expected: string;
  readonly actual: string;
}

/** Rows of agreements beside what the chain's own logs come to. Whether an inactive one was signed is the house's affair. */
export function agreementStandings(
  logs: readonly RawLog[],
  rows: readonly AgreementRow[],
  domain: EscrowDomain,
): AgreementStanding[] {
  const events = logs.map((log) => decodeLog(log, domain)).filter((event) => isAgreementEvent(event));
  const byAgreement = Map.groupBy(events, ({ agreementId }) => agreementId);
  return rows.map(({ id, hash, state }) => {
    const fold = foldAgreement(byAgreement.get(hash) ?? []);
    const binding = fold?.complete ? "active" : "not active";
    return {
      id,
      expected: fold?.revokedBy === undefined ? binding : "revoked",
      actual: state === "active" || state === "revoked" ? state : "not active",
    };
  });
}
