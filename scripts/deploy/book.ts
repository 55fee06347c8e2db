import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * A token shoppers may pay with. `rate_num / rate_den` base units buy one minor unit of `currency`; both are digits.
 * `name` and `version` are the token's EIP-712 domain, where it has one.
 */
export type BookToken = {
  address: string;
  symbol: string;
  decimals: number;
  name?: string;
  version?: string;
  currency: string;
  rate_num: string;
  rate_den: string;
};

/** Where the contracts of one chain are; the server reads it (ADDRESS_BOOK). `startBlock`: the escrow's first block. */
export type AddressBook = {
  chainId: number;
  genesisHash: string;
  escrow: string;
  startBlock: number;
  /** The escrow answers what it does not know itself by these; nobody calls them. */
  desks?: { order: string; revenue: string; agreement: string };
  statementRegistry?: string;
  arbiterPanel?: string;
  tokens: BookToken[];
};

/** The book in a file; nothing when there is no file. */
export async function readAddressBook(file: string): Promise<AddressBook | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as AddressBook;
  } catch {
    throw new Error(`${file} is no address book; name another file by --out, or --force to write over it.`);
  }
}

/**
 * Why a book must not be written over one that exists; nothing when it may. A server that follows the old one would
 * lose sight of its orders.
 */
export function conflictOf(old: AddressBook, fresh: Omit<AddressBook, "startBlock" | "tokens">): string | undefined {
  if (old.chainId !== fresh.chainId) return `is of chain ${old.chainId}, this is chain ${fresh.chainId}`;
  if (old.genesisHash !== fresh.genesisHash)
    return `is of another chain with the id ${old.chainId}: its genesis is ${old.genesisHash}`;
  const places = (book: Partial<AddressBook>) => ({
    escrow: book.escrow,
    statementRegistry: book.statementRegistry,
    arbiterPanel: book.arbiterPanel,
  });
  const [before, after] = [places(old), places(fresh)];
  const moved = (Object.keys(before) as (keyof typeof before)[]).find(
    (key) => before[key] && after[key] && before[key] !== after[key],
  );
  return moved && `has the ${moved} at ${before[moved]}, this deployment at ${after[moved]}`;
}

/** Writes the book in one step, so that a server that starts meanwhile never reads half of it. */
export async function writeAddressBook(file: string, book: AddressBook): Promise<void> {
  await writeJson(file, book);
}

/** Writes a file of JSON: a reader sees the old one or the new one. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
