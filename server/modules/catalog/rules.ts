/**
 * The highest price of one piece, in minor units. A hundred lines of 999 pieces at this price are still a safe integer.
 */
export const HIGHEST_PRICE = 90_000_000_000;

/** The highest freight of one piece, in minor units: what is then left of the safe integers is enough for it. */
export const HIGHEST_FREIGHT = 100_000_000;
