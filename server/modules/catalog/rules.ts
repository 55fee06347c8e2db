/**
 * The highest price of one piece, in minor units. A hundred lines of 999 pieces at this price are still a safe integer.
 */
export const HIGHEST_PRICE = 90_000_000_000;
