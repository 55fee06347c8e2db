import { earned } from "../../server/protocol/split.ts";
import type { Leg } from "../../server/protocol/terms.ts";

/** The table of contracts.md as a program: who may move what of an order, when, and what comes of it. */

export const ACTORS = ["payer", "operator", "merchant", "agent", "arbiter", "stranger"] as const;
export type Actor = (typeof ACTORS)[number];

export const DEEDS = [
  "authorize",
  "cancelTerms",
  "capture",
  "release",
  "void",
  "reclaim",
  "refund",
  "dispute",
  "concede",
  "rule",
  "endDispute",
  "refundReleased",
] as const;
export type DeedName = (typeof DEEDS)[number];

/**
 * One call.
 * @param amount of the deed; ppm to the payer for `rule`; ignored by the deeds that move all there is
 * @param stale  the caller believes in a quantity or a round that is not the order's
 */
export type Deed = { name: DeedName; actor: Actor; amount: number; stale: boolean };

/** What the terms say, with times in seconds after the start. */
export type Case = {
  name: string;
  amount: number;
  legs: readonly Leg[];
  authorizeBy: number;
  captureBy: number;
  delay: number;
  rulingTime: number;
  hasArbiter: boolean;
  defaultToPayerPpm: number;
  merchantMayCapture: boolean;
  operatorMayRefund: boolean;
};

/**
 * An order, and where its money is.
 * @param paid     what the payer's wallet is short of
 * @param returned to the payer's credit instead of its wallet
 * @param drawn    what refunds after release took from the merchant's credit
 * @param spent    and from its wallet
 */
export type State = {
  now: number;
  used: boolean;
  cancelled: boolean;
  H: number;
  P: number;
  D: number;
  X: number;
  R: number;
  Z: number;
  releaseAt: number;
  rulingBy: number;
  round: number;
  paid: number;
  returned: number;
  drawn: number;
  spent: number;
};

export const START: State = {
  now: 0,
  used: false,
  cancelled: false,
  H: 0,
  P: 0,
  D: 0,
  X: 0,
  R: 0,
  Z: 0,
  releaseAt: 0,
  rulingBy: 0,
  round: 0,
  paid: 0,
  returned: 0,
  drawn: 0,
  spent: 0,
};

type Row = {
  /** Whether this actor may do it to this order at this second. */
  may(order: State, deed: Deed, terms: Case): boolean;
  /** What the order is then. Only asked where it may be done. */
  becomes(order: State, deed: Deed, terms: Case): State;
};

const upTo = (deed: Deed, most: number) => deed.amount >= 1 && deed.amount <= most && !deed.stale;

/** Out of the order, into the payer's wallet. */
const back = (order: State, amount: number): State => ({ ...order, X: order.X + amount, paid: order.paid - amount });
/** The same into its credit. */
const credited = (order: State, amount: number): State => ({
  ...order,
  X: order.X + amount,
  returned: order.returned + amount,
});
const waiting = (order: State, P: number): State => ({ ...order, P, releaseAt: P === 0 ? 0 : order.releaseAt });
const released = (order: State): State => ({ ...waiting(order, 0), R: order.R + order.P });
const resolved = (order: State, toPayer: number): State => ({
  ...order,
  D: 0,
  rulingBy: 0,
  R: order.R + order.D - toPayer,
});
const share = (amount: number, ppm: number) => Math.floor((amount * ppm) / 1_000_000);

export const TABLE: Record<DeedName, Row> = {
  authorize: {
    may: (order, { actor }, terms) => actor === "payer" && !order.used && order.now < terms.authorizeBy,
    becomes: (order, _, { amount }) => ({ ...order, used: true, H: amount, paid: amount }),
  },
  cancelTerms: {
    may: (order, { actor }) => actor === "payer" && !order.used,
    becomes: (order) => ({ ...order, used: true, cancelled: true }),
  },
  capture: {
    may: (order, deed, terms) =>
      (deed.actor === "operator" || (deed.actor === "merchant" && terms.merchantMayCapture)) &&
      order.now < terms.captureBy &&
      upTo(deed, order.H),
    becomes: (order, { amount }, { delay }) => {
      const ripe = order.P > 0 && order.now >= order.releaseAt ? released(order) : order;
      const less = { ...ripe, H: ripe.H - amount };
      if (delay === 0) return { ...less, R: less.R + amount };
      return { ...less, P: less.P + amount, releaseAt: order.now + delay };
    },
  },
  release: {
    may: (order, { actor }) => order.P > 0 && (actor === "payer" || order.now >= order.releaseAt),
    becomes: released,
  },
  void: {
    may: (order, deed) => (deed.actor === "operator" || deed.actor === "merchant") && upTo(deed, order.H),
    becomes: (order, { amount }) => back({ ...order, H: order.H - amount }, amount),
  },
  reclaim: {
    may: (order, _, terms) => order.H > 0 && order.now >= terms.captureBy,
    becomes: (order, { actor }) => (actor === "payer" ? back : credited)({ ...order, H: 0 }, order.H),
  },
  refund: {
    may: (order, deed, terms) =>
      (deed.actor === "merchant" || (deed.actor === "operator" && terms.operatorMayRefund)) &&
      order.now < order.releaseAt &&
      upTo(deed, order.P),
    becomes: (order, { amount }) => back(waiting(order, order.P - amount), amount),
  },
  dispute: {
    may: (order, { actor, amount }, terms) =>
      terms.hasArbiter &&
      actor === "payer" &&
      order.D === 0 &&
      order.P > 0 &&
      amount > 0 &&
      order.now < order.releaseAt,
    becomes: (order, { amount }, { rulingTime }) => {
      const D = Math.min(amount, order.P);
      return { ...waiting(order, order.P - D), D, rulingBy: order.now + rulingTime, round: order.round + 1 };
    },
  },
  concede: {
    may: (order, { actor, stale }) => order.D > 0 && (actor === "payer" || actor === "merchant") && !stale,
    becomes: (order, { actor }) => (actor === "payer" ? resolved(order, 0) : back(resolved(order, order.D), order.D)),
  },
  rule: {
    may: (order, { actor, amount, stale }) =>
      order.D > 0 && actor === "arbiter" && order.now < order.rulingBy && amount <= 1_000_000 && !stale,
    becomes: (order, { amount }) => back(resolved(order, share(order.D, amount)), share(order.D, amount)),
  },
  endDispute: {
    may: (order) => order.D > 0 && order.now >= order.rulingBy,
    becomes: (order, { actor }, { defaultToPayerPpm }) => {
      const toPayer = share(order.D, defaultToPayerPpm);
      return (actor === "payer" ? back : credited)(resolved(order, toPayer), toPayer);
    },
  },
  refundReleased: {
    may: (order, deed) => deed.actor === "merchant" && upTo(deed, order.R - order.Z),
    becomes: (order, { amount }, terms) => {
      const fromCredit = Math.min(amount, creditsOf(order, terms)[0] ?? 0);
      return {
        ...order,
        Z: order.Z + amount,
        paid: order.paid - amount,
        drawn: order.drawn + fromCredit,
        spent: order.spent + amount - fromCredit,
      };
    },
  },
};

/** The credits of the legs: what they have earned of R, less what the merchant gave back of it. */
export function creditsOf(order: State, { legs }: Case): number[] {
  return earned(BigInt(order.R), legs).map((part, at) => Number(part) - (at === 0 ? order.drawn : 0));
}

const PPM = 0;
const leg = (account: string, share: number): Leg => ({ account, share: BigInt(share), kind: PPM }) as unknown as Leg;
const DAY = 86_400;
const usual = {
  amount: 2,
  legs: [leg("merchant", 600_000), leg("agent", 400_000)],
  authorizeBy: 100,
  captureBy: 14 * DAY,
  delay: 7 * DAY,
  rulingTime: 3 * DAY,
  hasArbiter: true,
  defaultToPayerPpm: 500_000,
  merchantMayCapture: false,
  operatorMayRefund: false,
};

/** Terms that differ in what the table asks of them. */
export const CASES: readonly Case[] = [
  { ...usual, name: "an arbiter, no flags" },
  { ...usual, name: "an arbiter slower than the release", rulingTime: 20 * DAY, defaultToPayerPpm: 1_000_000 },
  {
    ...usual,
    name: "no arbiter, both flags",
    hasArbiter: false,
    rulingTime: 0,
    defaultToPayerPpm: 0,
    merchantMayCapture: true,
    operatorMayRefund: true,
  },
  {
    ...usual,
    name: "no delay",
    hasArbiter: false,
    rulingTime: 0,
    defaultToPayerPpm: 0,
    delay: 0,
    merchantMayCapture: true,
  },
];
