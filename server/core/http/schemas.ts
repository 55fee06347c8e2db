import { getAddress, type Hex as HexText, isAddress, type Address as WalletAddress, zeroAddress } from "viem";
import { z } from "zod";

/*
 * The shapes doors share. A schema is used both ways: a request is parsed by it, and an answer must be what it takes
 * in. So in JSON an amount is always a text of digits, also where the parsed value is a number or a bigint.
 */

/** An answer without a body. */
export const Nothing = z.void();

/** A body that is not JSON, as it came. A door that takes one says in `raw` of what kinds and how large. */
export const Bytes = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, "must have a body")
  .meta({ override: { type: "string", format: "binary" } });

/** An id of ours. */
export const Uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be a UUID in lower case")
  .meta({ id: "Uuid", override: { type: "string", format: "uuid" } });

/** Minor units of a currency; JSON has a text of digits, the program a safe integer. */
export const MinorAmount = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/, "must be a text of decimal digits, in minor units")
  .transform(Number)
  .refine(Number.isSafeInteger, "is larger than any amount of money here")
  .meta({
    id: "MinorAmount",
    description: "Minor units of the currency beside it, such as cents",
    override: { type: "string", pattern: "^(0|[1-9][0-9]{0,15})$" },
  });

const UINT256_END = 2n ** 256n;

/** Base units of a token, to uint256; JSON has a text of digits, the program a bigint. */
export const TokenAmount = z
  .string()
  .regex(/^(0|[1-9]\d{0,77})$/, "must be a text of decimal digits, in base units")
  .transform(BigInt)
  .refine((amount) => amount < UINT256_END, "does not fit into 256 bits")
  .meta({
    id: "TokenAmount",
    description: "Base units of the token beside it",
    override: { type: "string", pattern: "^(0|[1-9][0-9]{0,77})$" },
  });

/** An Ethereum address in EIP-55 case, or all in lower case; parsed into EIP-55 case. Never the zero address. */
export const Address = z
  .string()
  .refine((text) => isAddress(text), "must be an address with a right checksum")
  .transform((text): WalletAddress => getAddress(text))
  .refine((address) => address !== zeroAddress, "must not be the zero address")
  .meta({ id: "Address", override: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } });

/** A chain somebody names. */
export const ChainId = z.int().min(1);

/** Bytes in hex with 0x, at most `most` of them. */
export const hex = (most: number) =>
  z
    .string()
    .max(2 + 2 * most)
    .regex(/^0x([0-9a-fA-F]{2})*$/, "must be bytes in hex, with 0x")
    .transform((text) => text as HexText)
    .meta({ override: { type: "string", pattern: "^0x([0-9a-fA-F]{2})*$", maxLength: 2 + 2 * most } });

/** A moment in RFC 3339, in UTC. */
export const Moment = z.iso.datetime().meta({ id: "Moment" });

/** A moment as JSON has it. @param at epoch milliseconds */
export const presentMoment = (at: number): string => new Date(at).toISOString();

/** How many of something: a JSON integer from `least` to `most`. */
export const count = (least: number, most: number) => z.int().min(least).max(most);

/** Characters that say nothing but turn, hide or end text for whoever reads it. */
const REFUSED = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
/** Marks without width; people paste them without knowing. */
const DROPPED = /[\u200b\u200e\u200f\u061c\u2060\ufeff]/g;

interface TextOptions {
  /** Fewest characters; 1 unless said. */
  min?: number;
  /** Most characters. */
  max: number;
  /** Whether it may have several lines. */
  lines?: boolean;
}

/**
 * A text people wrote: NFC, trimmed, without marks of no width.
 * Control characters, changes of direction and half surrogate pairs are refused.
 */
export const text = ({ min = 1, max, lines = false }: TextOptions) =>
  z
    .string()
    .max(max * 4, `must have at most ${max} characters`)
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode")
    .transform((value) => value.normalize("NFC").replace(/\r\n?/g, "\n").replace(DROPPED, "").trim())
    .refine((value) => !REFUSED.test(lines ? value.replaceAll("\n", "") : value), "must not have control characters")
    .refine((value) => [...value].length >= min, `must have at least ${min} character${min === 1 ? "" : "s"}`)
    .refine((value) => [...value].length <= max, `must have at most ${max} characters`)
    .meta({ override: { type: "string", minLength: min, maxLength: max } });

const wholeText = z.string().regex(/^[1-9]\d{0,8}$/, "must be a whole number above zero");

/** Where in a list a request wants to be: `page` to the hundredth, or the `cursor` of the page before. */
export const Page = z.strictObject({
  page: wholeText
    .transform(Number)
    .refine((page) => page <= 100, {
      message: "reaches to 100; go on with next_cursor",
      params: { code: "use_cursor" },
    })
    .optional()
    .meta({ override: { type: "integer", minimum: 1, maximum: 100, default: 1 } }),
  per_page: wholeText
    .transform(Number)
    .refine((perPage) => perPage <= 100, "must be at most 100")
    .default(20)
    .meta({ override: { type: "integer", minimum: 1, maximum: 100, default: 20 } }),
  cursor: z.string().min(1).max(500).optional(),
});
