import { z } from "zod";
import { MinorAmount, text } from "../../core/http/schemas.ts";
import { HIGHEST_FREIGHT, HIGHEST_PRICE } from "../../modules/catalog/index.ts";

/*
 * What a merchant says of a good, a field at a time: in JSON and in the cells of a CSV file alike.
 */

/** More pieces of one good than any warehouse has. */
export const MOST_PIECES = 1_000_000_000;

const amount = (least: number, most: number, pattern: string) =>
  MinorAmount.refine(
    (value) => value >= least && value <= most,
    least === 0 ? `must be at most ${most} minor units` : `must be from ${least} to ${most} minor units`,
  ).meta({ override: { type: "string", pattern } });

export const Price = amount(1, HIGHEST_PRICE, "^[1-9][0-9]{0,10}$");
/** Of one piece. */
export const Freight = amount(0, HIGHEST_FREIGHT, "^(0|[1-9][0-9]{0,8})$");
/** Of one piece, to its merchant. */
export const Cost = amount(0, HIGHEST_PRICE, "^(0|[1-9][0-9]{0,10})$");

export const Name = text({ max: 200 });
export const Description = text({ min: 0, max: 5_000, lines: true });
/** A merchant's own number for a good. */
export const Sku = text({ max: 64 });

/** What people write in an address to name a category. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must have 1 to 63 of a-z, 0-9 and -")
  .meta({ id: "CategorySlug" });

/** Signs that part options in a file. */
const PARTING = /[;=\n]/;
const optionText = (max: number) => text({ max }).refine((value) => !PARTING.test(value), "must not have ; or =");

/** What sets a variant apart, in the order people read it. */
export const Options = z
  .array(z.strictObject({ name: optionText(30), value: optionText(60) }))
  .max(5)
  .refine(
    (options) => new Set(options.map(({ name }) => name.toLowerCase())).size === options.length,
    "must name each option once",
  );

/** The same in a cell: `size=M;color=blue`. */
export const OptionsText = z
  .string()
  .transform((cell) =>
    cell.split(";").map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return { name, value: value.join("=") };
    }),
  )
  .pipe(Options);

/** A whole number of pieces, written out. */
export const PiecesText = z
  .string()
  .regex(/^(0|[1-9]\d{0,9})$/, "must be a whole number of pieces")
  .transform(Number)
  .refine((pieces) => pieces <= MOST_PIECES, `must be at most ${MOST_PIECES}`);
