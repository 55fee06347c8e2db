import assert from "node:assert/strict";
import { type Hex, zeroAddress, zeroHash } from "viem";
import type { OrderEvent } from "../../../server/protocol/decode.ts";
import { foldOrder, type OrderFold } from "../../../server/protocol/fold.ts";
import { LEG_KIND, type Terms } from "../../../server/protocol/terms.ts";
import { NOW_S } from "./arbitraries.ts";

/** One order of ten units in ETH, and its events, written by hand. */
export const id: Hex = `0x${"ab".repeat(32)}`;
const party = `0x${"11".repeat(20)}` as const;
const DELAY_S = 100;
export const agreed: Terms = {
  payer: `0x${"22".repeat(20)}`,
  operator: party,
  token: zeroAddress,
  amount: 10n,
  authorizeBy: NOW_S,
  captureBy: NOW_S,
  releaseDelay: DELAY_S,
  arbiter: zeroAddress,
  rulingTime: 0,
  defaultToPayerPpm: 0,
  flags: 0,
  agreement: zeroHash,
  legs: [{ account: party, share: 1_000_000n, kind: LEG_KIND.merchant }],
  salt: 1n,
};
export const instant: Terms = { ...agreed, releaseDelay: 0 };
export const judged: Terms = {
  ...agreed,
  arbiter: `0x${"33".repeat(20)}`,
  rulingTime: 86_400,
  defaultToPayerPpm: 250_000,
};

export const authorized = (terms: Terms): OrderEvent => ({ kind: "authorized", id, terms, route: 2 });
export const captured = (amount: bigint, releaseAt = NOW_S): OrderEvent => ({
  kind: "captured",
  id,
  amount,
  releaseAt,
});
export const released = (amount: bigint): OrderEvent => ({ kind: "released", id, amount });
export const voided = (amount: bigint): OrderEvent => ({ kind: "voided", id, amount });
export const reclaimed = (amount: bigint): OrderEvent => ({ kind: "reclaimed", id, amount });
export const refunded = (amount: bigint): OrderEvent => ({ kind: "refunded", id, amount });
export const disputed = (amount: bigint, round = 1, rulingBy = NOW_S + 9): OrderEvent => ({
  ...{ kind: "disputed", id, round, amount, rulingBy, evidence: zeroHash },
});
export const resolved = (toPayer: bigint, toLegs: bigint, by = 3, round = 1): OrderEvent => ({
  ...{ kind: "resolved", id, round, toPayer, toLegs, by },
});
export const refundedReleased = (amount: bigint, fromCredit = 0n): OrderEvent => ({
  ...{ kind: "refunded_released", id, amount, fromCredit },
});
export const cancelled: OrderEvent = { kind: "cancelled", id };
export const credited = (amount: bigint): OrderEvent => ({ kind: "return_credited", id, amount });

/** The fold of some events of the order. */
export function fold(...events: OrderEvent[]): OrderFold {
  const order = foldOrder(events);
  assert.ok(order);
  return order;
}
/** The fold of what follows the payment of `agreed`. */
export const of = (...events: OrderEvent[]) => fold(authorized(agreed), ...events);
/** The same of `judged`, which can be disputed. */
export const judging = (...events: OrderEvent[]) => fold(authorized(judged), ...events);
