/** What a unit of gas costs, in wei. */
export interface Market {
  /** Burnt in the next block; undefined on a chain whose blocks have none. */
  readonly baseFee: bigint | undefined;
  /** Usually paid on top; all of the price where there is no base fee. */
  readonly tip: bigint;
}

/** What a transaction offers for a unit of gas, in wei. On a chain without base fee both are its one price. */
export interface Offer {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** What is offered on top where nobody says what is usual. */
export const USUAL_TIP = 1_000_000_000n;
/** Below this a node may not take a transaction, even where blocks are empty. */
const LEAST_TIP = 1_000_000n;
/** One dear transaction of somebody else must not set our price. */
const MOST_TIP = 100_000_000_000n;

/** A replacement offers an eighth more of both, as nodes want a tenth. */
const RAISE = { by: 9n, of: 8n };

/** What is usually paid on top, by what the last blocks were paid in their middle; empty blocks say nothing. */
export function tipOf(rewards: readonly bigint[]): bigint {
  const paid = rewards.filter((reward) => reward > 0n).sort((a, b) => (a < b ? -1 : 1));
  const middle = paid[Math.floor((paid.length - 1) / 2)] ?? USUAL_TIP;
  return least(most(middle, LEAST_TIP), MOST_TIP);
}

/** What a unit of gas costs in the next block. */
export const priceOf = ({ baseFee = 0n, tip }: Market): bigint => baseFee + tip;

/**
 * What to offer: twice the base fee, so that five full blocks in a row still take it, and the usual tip, or what the
 * cap leaves of it.
 * @returns undefined while gas costs more than the cap
 */
export function offerFor({ baseFee, tip }: Market, cap: bigint): Offer | undefined {
  if (baseFee === undefined) return tip > cap ? undefined : { maxFeePerGas: tip, maxPriorityFeePerGas: tip };
  const affordable = least(tip, cap - baseFee);
  if (affordable < least(tip, LEAST_TIP)) return undefined;
  return { maxFeePerGas: least(cap, 2n * baseFee + affordable), maxPriorityFeePerGas: affordable };
}

/** Whether a transaction pays less than one that would be sent now, as far as the cap lets that pay. */
export function isOutbid(offer: Offer, market: Market, cap: bigint): boolean {
  const now = offerFor(market, cap);
  return now !== undefined && pays(offer, market) < pays(now, market);
}

/**
 * What a replacement offers: what one sent now would, and at least an eighth more of both than `before`.
 * @returns undefined where that is above the cap, or gas costs more than the cap
 */
export function raised(before: Offer, market: Market, cap: bigint): Offer | undefined {
  const now = offerFor(market, cap);
  const maxFeePerGas = most(eighthMore(before.maxFeePerGas), now?.maxFeePerGas ?? 0n);
  const maxPriorityFeePerGas = most(eighthMore(before.maxPriorityFeePerGas), now?.maxPriorityFeePerGas ?? 0n);
  if (now === undefined || maxFeePerGas > cap) return undefined;
  return market.baseFee === undefined
    ? { maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas }
    : { maxFeePerGas, maxPriorityFeePerGas };
}

/** What a unit of its gas would be paid in the next block. */
const pays = ({ maxFeePerGas, maxPriorityFeePerGas }: Offer, { baseFee }: Market): bigint =>
  baseFee === undefined ? maxFeePerGas : least(maxFeePerGas, baseFee + maxPriorityFeePerGas);

const eighthMore = (wei: bigint): bigint => (wei * RAISE.by + RAISE.of - 1n) / RAISE.of;
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
