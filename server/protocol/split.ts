import { isFixed, type Leg, PPM } from "./terms.ts";

/**
 * What each leg of an order has earned once `released` in all has been released.
 * Fixed legs fill first, in order; ppm legs then share what is left, in order; the merchant has the rest.
 * No slicing of `released` changes a total, and no total ever falls as `released` grows.
 * @param released cumulative, in base units of the order's token
 * @param legs     as in valid terms: merchant, fixed legs, ppm legs
 * @returns base units per leg, in the order of `legs`, summing to `released`
 */
export function earned(released: bigint, legs: readonly Leg[]): bigint[] {
  let rest = released;
  let ppm = PPM;
  const others = legs.slice(1).map((leg) => {
    const part = isFixed(leg) ? least(rest, leg.share) : (rest * leg.share) / ppm;
    rest -= part;
    if (!isFixed(leg)) ppm -= leg.share;
    return part;
  });
  return [rest, ...others];
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
