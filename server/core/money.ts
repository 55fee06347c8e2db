/** An amount of a currency in its minor units (cents), a safe integer. */
export type Minor = number;

/** An ISO 4217 code. */
export type Currency = string;

/** One million: the whole, where rates are parts per million. */
export const PPM = 1_000_000;

/** How many base units of a token one minor unit is worth, as a fraction. */
export interface Rate {
  rateNum: bigint;
  rateDen: bigint;
}

/** `value`, once it is known to be a safe integer. Throws `RangeError` when it is not: money is never rounded silently. */
function minor(value: number): Minor {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no amount of minor units`);
  return value;
}

/** The sum of `values`. Throws `RangeError` past the safe integers. */
export const sumMinor = (values: Iterable<Minor>): Minor => {
  let sum = 0;
  for (const value of values) sum = minor(sum + value);
  return sum;
};

/** `price` × `count`. Throws `RangeError` past the safe integers. */
export const timesMinor = (price: Minor, count: number): Minor => minor(price * count);

/**
 * Spreads `total` over `weights` so that the parts sum to it and each is within one unit of its exact share
 * (largest remainder; ties go to the earlier part).
 * @param total   minor units, not negative
 * @param weights not negative; when all are zero the first part takes the whole
 */
export function spread(total: Minor, weights: readonly number[]): Minor[] {
  if (weights.length === 0) throw new RangeError("nothing to spread over");
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (whole === 0n) return weights.map((_, index) => (index === 0 ? total : 0));

  const exact = weights.map((weight) => BigInt(total) * BigInt(weight));
  const parts = exact.map((share) => share / whole);
  let left = BigInt(total) - parts.reduce((sum, part) => sum + part, 0n);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts.map(Number);
}

/** `amount` minor units in base units of a token, rounded up: ceil(amount × rateNum / rateDen). */
export function toBaseUnits(amount: Minor, { rateNum, rateDen }: Rate): bigint {
  return (BigInt(amount) * rateNum + rateDen - 1n) / rateDen;
}
