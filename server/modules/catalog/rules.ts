/**
 * The highest price of one piece, in minor units. A hundred lines of 999 pieces at this price are still a safe integer.
 */
export const HIGHEST_PRICE = 90_000_000_000;

/** The highest freight of one piece, in minor units: what is then left of the safe integers is enough for it. */
export const HIGHEST_FREIGHT = 100_000_000;

/** The most variants of one good. */
export const MOST_VARIANTS = 100;

/** One thing that sets a variant apart, such as `size` and `M`. */
export interface Option {
  readonly name: string;
  readonly value: string;
}

/** Equal for options that say the same, in whatever order and case. */
export const optionsKeyOf = (options: readonly Option[]): string =>
  JSON.stringify(
    options.map(({ name, value }) => [lower(name), lower(value)]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );

const MOST_OF_NAME = 60;

/** What names are put in order by. */
export const nameKeyOf = (name: string): string => [...lower(name.normalize("NFKC"))].slice(0, MOST_OF_NAME).join("");

const lower = (text: string): string => text.toLowerCase();
