import { existsSync, readFileSync } from "node:fs";
import { type Address, getAddress, type Hex, isAddress, zeroAddress } from "viem";
import { z } from "zod";
import { BadConfiguration, fromJson, inside } from "./values.ts";

export const address = z
  .string()
  .refine((text) => isAddress(text, { strict: true }), "is no address with a right checksum")
  .transform((text): Address => getAddress(text));
/** Somebody who can withdraw. */
export const payee = address.refine((text) => text !== zeroAddress, "must not be the zero address");
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i, "is no 32-byte hash")
  .transform((text) => text as Hex);

const token = z.strictObject({
  /** The zero address is ETH. */
  address,
  symbol: z.string().min(1),
  decimals: z.number().int().min(0).max(36),
  /** EIP-712 name and version of the token, for ERC-3009; absent where it has none. */
  name: z.string().optional(),
  version: z.string().optional(),
  /** The currency this token can pay, and its price: base units per minor unit as rate_num / rate_den. */
  currency: z.string().length(3),
  rate_num: z.string().regex(/^\d+$/).transform(BigInt),
  rate_den: z
    .string()
    .regex(/^\d+$/)
    .transform(BigInt)
    .refine((value) => value > 0n, "must be above zero"),
});

/** What `npm run deploy` writes: where the contracts of one chain are. */
export const addressBook = z.strictObject({
  chainId: z.number().int(),
  genesisHash: hash,
  escrow: address,
  startBlock: z.number().int().min(0),
  /** The escrow speaks for them; they are named for who checks a deployment. */
  desks: z.strictObject({ order: address, revenue: address, agreement: address }).optional(),
  statementRegistry: address.optional(),
  arbiterPanel: address.optional(),
  tokens: z.array(token),
});

export type AddressBook = z.output<typeof addressBook>;

/**
 * The books that ADDRESS_BOOK names, each of a chain of its own.
 * @throws BadConfiguration naming the file that is missing or wrong
 */
export function readBooks(files: readonly string[]): AddressBook[] {
  const books = files.map((file) => ({ file, book: inside("ADDRESS_BOOK", addressBook, readBook(file)) }));
  for (const [chainId, same] of Map.groupBy(books, ({ book }) => book.chainId))
    if (same.length > 1) {
      const names = same.map(({ file }) => file).join(" and ");
      throw new BadConfiguration([`ADDRESS_BOOK: ${names} are both of chain ${chainId}; a chain has one escrow here`]);
    }
  return books.map(({ book }) => book);
}

function readBook(file: string): unknown {
  if (!existsSync(file))
    throw new BadConfiguration([`ADDRESS_BOOK: there is no file ${file}; npm run deploy writes one`]);
  return fromJson("ADDRESS_BOOK", readFileSync(file, "utf8"));
}
