import type { Address } from "viem";
import type { AgreementEvent } from "./decode.ts";

/** What the logs of one agreement say of it. */
export type AgreementFold = {
  /** Who accepted on the chain, in their order. */
  readonly accepted: readonly Address[];
  /** Every signatory accepted; it stays true when one revokes. */
  readonly complete: boolean;
  /** Who revoked; undefined while nobody did. */
  readonly revokedBy: Address | undefined;
};

/**
 * Derives where an agreement stands from all of its logs, sorted by block and log index.
 * @returns undefined without logs
 */
export function foldAgreement(events: readonly AgreementEvent[]): AgreementFold | undefined {
  if (events.length === 0) return undefined;
  return events.reduce<AgreementFold>(step, { accepted: [], complete: false, revokedBy: undefined });
}

function step(fold: AgreementFold, event: AgreementEvent): AgreementFold {
  switch (event.kind) {
    case "agreement_proposed":
      return fold;
    case "agreement_accepted":
      return { ...fold, accepted: [...fold.accepted, event.account] };
    case "agreement_activated":
      return { ...fold, complete: true };
    case "agreement_revoked":
      return { ...fold, revokedBy: event.account };
  }
}
