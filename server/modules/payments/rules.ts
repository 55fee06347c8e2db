import type { Id } from "../../core/ids.ts";
import { type OrderFold, returnedBeforeRelease } from "../../protocol/fold.ts";
import type { PaymentState } from "../../protocol/paymentState.ts";

/** How a shopper can bring the money into the escrow. */
export const PAYMENT_METHODS = ["escrow_erc3009", "escrow_allowance", "escrow_eth"] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

/** How deep the newest log of an order lies: in a block, under enough blocks, or where no reorg is expected. */
export type Confidence = "seen" | "confirmed" | "final";

/** What the chain says of one order's payment. Amounts are base units of the order's token. */
export interface PaymentSnapshot {
  readonly state: PaymentState;
  /** null while the chain says nothing. */
  readonly confidence: Confidence | null;
  readonly held: bigint;
  readonly captured: bigint;
  /** Under an open dispute: out of everybody's reach until it ends. */
  readonly disputed: bigint;
  readonly released: bigint;
  /** What went back to the payer before release. */
  readonly returned: bigint;
  /** Of `released`: went back to the payer at the merchant's cost. */
  readonly refundedReleased: bigint;
  /** Chain second from which anyone may release `captured`; 0 while nothing waits. */
  readonly releaseAtS: number;
  /** Why the logs cannot be; null when they can. */
  readonly broken: string | null;
}

/** What one fold changed. */
export interface PaymentChange {
  readonly orderId: Id;
  readonly before: PaymentSnapshot;
  readonly after: PaymentSnapshot;
  /** Of the escrow order's row now; another for every change. */
  readonly version: number;
}

/** The payment before the chain says anything. */
export const NOTHING_PAID: PaymentSnapshot = {
  state: "pending",
  confidence: null,
  held: 0n,
  captured: 0n,
  disputed: 0n,
  released: 0n,
  returned: 0n,
  refundedReleased: 0n,
  releaseAtS: 0,
  broken: null,
};

/** What a fold says of a payment; no fold, as after a reorg took all logs, says nothing was paid. */
export function snapshotOf(fold: OrderFold | undefined, confidence: Confidence): PaymentSnapshot {
  if (fold === undefined) return NOTHING_PAID;
  return {
    state: fold.state,
    confidence,
    held: fold.held,
    captured: fold.captured,
    disputed: fold.disputed,
    released: fold.released,
    returned: returnedBeforeRelease(fold),
    refundedReleased: fold.refundedReleased,
    releaseAtS: fold.releaseAt,
    broken: fold.broken ?? null,
  };
}

/** Whether people may rely on it: deep enough, and its logs make sense. */
export const isReliable = ({ confidence, broken }: PaymentSnapshot): boolean =>
  broken === null && (confidence === "confirmed" || confidence === "final");

/** Whether money is in the escrow or has reached the payees. */
export const isPaid = ({ held, captured, disputed, released }: PaymentSnapshot): boolean =>
  held + captured + disputed + released > 0n;

/** Whether everything that was paid has reached the payees or, in part, gone back. */
export const isSettled = ({ held, captured, disputed, released }: PaymentSnapshot): boolean =>
  held + captured + disputed === 0n && released > 0n;

/** Whether all that was paid went back to the payer. */
export const isReturned = (payment: PaymentSnapshot): boolean => !isPaid(payment) && payment.returned > 0n;

/** Whether the payer burnt the terms before anything was paid: nothing ever will be. */
export const isCancelled = ({ state }: PaymentSnapshot): boolean => state === "cancelled";

/** What can be asked of the operator for an order's money. */
export const REQUEST_KINDS = ["capture", "void", "refund", "release", "reclaim"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** The quantity a request takes from. */
export type RequestSide = "held" | "captured";

export const sideOf = (kind: RequestKind): RequestSide =>
  kind === "refund" || kind === "release" ? "captured" : "held";

interface Waiting {
  readonly kind: RequestKind;
  readonly before: bigint;
}

interface Windows {
  readonly captureByS: number;
}

/**
 * Whether the chain can still do what was asked: the quantity it takes from is as it was, and its window is open.
 * @param chainTimeS newest chain second
 */
export function canStillHappen(
  { kind, before }: Waiting,
  payment: PaymentSnapshot & Windows,
  chainTimeS: number,
): boolean {
  if (payment[sideOf(kind)] !== before) return false;
  if (kind === "capture") return chainTimeS < payment.captureByS;
  if (kind === "refund") return chainTimeS < payment.releaseAtS;
  return true;
}

/**
 * Whether a change of the quantity that a request takes from is what was asked for. It is not where somebody else
 * moved the money first, such as a merchant who captures by a transaction of its own, or where a reorg did.
 */
export function wasDone(kind: RequestKind, before: PaymentSnapshot, after: PaymentSnapshot): boolean {
  switch (kind) {
    case "capture":
      return taken(after) > taken(before);
    case "release":
      return after.released > before.released;
    case "void":
    case "refund":
    case "reclaim":
      return after.returned > before.returned;
  }
}

/** What was ever captured and has not gone back since. */
const taken = ({ captured, disputed, released }: PaymentSnapshot): bigint => captured + disputed + released;

/** Whether a reorganisation may have taken what the operator did before: money is where it had left, or is there again. */
export function wasTakenBack({ before, after, version }: PaymentChange): boolean {
  if (!isPaid(after)) return false;
  if (before.state === "pending") return version > 1;
  return after.held > before.held || after.returned < before.returned;
}

/**
 * Of what was done once, what the chain has not done any more. Which of them it is nobody can tell by the sums alone; of
 * equal use the newest is gone first.
 * @param done requests that were seen to be done, oldest first
 * @returns those, oldest first; one of which a part is there is there
 */
export function undone<Request extends Pick<Waiting, "kind"> & { readonly amount: bigint }>(
  done: readonly Request[],
  payment: PaymentSnapshot,
): Request[] {
  const of = (...kinds: RequestKind[]) => done.filter(({ kind }) => kinds.includes(kind));
  const returns = beyond(of("void", "refund", "reclaim"), payment.returned);
  const refunded = sum(of("refund").filter((request) => !returns.includes(request)));
  const captures = beyond(of("capture"), taken(payment) + refunded);
  return done.filter((request) => captures.includes(request) || returns.includes(request));
}

const sum = (requests: readonly { readonly amount: bigint }[]): bigint =>
  requests.reduce((total, { amount }) => total + amount, 0n);

/** From the newest back, what of these is more than `most` in all. */
function beyond<Request extends { readonly amount: bigint }>(requests: readonly Request[], most: bigint): Request[] {
  let over = sum(requests) - most;
  return requests.toReversed().filter(({ amount }) => {
    if (amount > over) return false;
    over -= amount;
    return true;
  });
}
