import { type Address, getAddress, isAddress } from "viem";
import { type AddressBook, readAddressBook } from "../deploy/book.ts";

/** The address book a command was given, the environment names, or `npm start` writes; undefined when there is no such file. */
export const bookOf = (given: string | undefined): Promise<AddressBook | undefined> =>
  readAddressBook(given ?? process.env.ADDRESS_BOOK ?? "data/addresses.json");

/** An address from a command line, checked. Throws naming the option when it is missing or wrong. */
export function addressOf(option: string, given: string | undefined): Address {
  if (given === undefined) throw new Error(`--${option} is missing, and no address book says it`);
  if (!isAddress(given)) throw new Error(`--${option}: ${given} is no address`);
  return getAddress(given);
}
