import { isOutbid, priceOf } from "./fees.ts";
import { meaningOf } from "./refusals.ts";
import type { OpenOne, OperatorStatus } from "./statusShape.ts";

/** With less than this the key runs dry while nobody looks. */
const FEWEST = 10;

/** What to do about what a node said, by what it means. */
const ADVICE = {
  known: "a receipt will tell",
  used: "its nonce is used; it is done anew once that is final",
  price: "it is replaced by a dearer one while the cap allows it",
  funds: "send ETH to the key",
  full: "the node has no room; it is told again",
  gap: "a lower nonce is missing; it is filled",
  other: "look at the node",
} as const;

/** What of the operator's state needs a person, as sentences that say what to do. */
export function problemsOf(
  status: Omit<OperatorStatus, "problems">,
  { now, stuckMs }: { readonly now: number; readonly stuckMs: number },
): string[] {
  const { open, nonces, paysFor, affordable, market, cap, tasks } = status;
  const stuck = open.filter(({ since }) => now - since > stuckMs);
  const [lowest] = stuck;
  const waits = open.length > 0 || tasks.length > 0;
  return [
    ...(lowest
      ? [`${stuck.length} transactions find no block, the lowest with nonce ${lowest.nonce}: ${whyOf(lowest, status)}.`]
      : []),
    ...(paysFor < FEWEST
      ? [`The key pays for ${paysFor} transactions at the cap only: send ETH to ${status.sender}.`]
      : []),
    ...(nonces.missing.length > 0
      ? [
          `Nobody uses ${nonces.missing.length} nonces from ${nonces.missing[0]} on, for which ours wait: the leading process fills them.`,
        ]
      : []),
    ...(nonces.next > 0 && nonces.used > nonces.next
      ? [
          `The chain has ${nonces.used - nonces.next} transactions of this key that the tables do not know: somebody else uses it, or the database was restored from before them. A key belongs to one house.`,
        ]
      : []),
    ...(waits && !affordable
      ? [`Gas costs ${priceOf(market)} wei, above the cap of ${cap}: what waits goes out once it is cheaper.`]
      : []),
  ];
}

/** Why it waits, as far as the house can tell. */
function whyOf(
  one: OpenOne,
  { market, cap, affordable }: Pick<OperatorStatus, "market" | "cap" | "affordable">,
): string {
  if (one.error !== null) return `${one.error} (${ADVICE[meaningOf(one.error)]})`;
  if (!affordable) return "gas costs more than the cap";
  return isOutbid(one, market, cap)
    ? "it pays too little and no dearer one came; is a server running?"
    : "it pays enough; look at the node";
}
