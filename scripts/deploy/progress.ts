import { readFile, rm } from "node:fs/promises";
import { type AddressBook, writeJson } from "./book.ts";

/**
 * Where a deployment by plain CREATE has put its contracts so far. The chain could tell of addresses made by CREATE2, but
 * not of these.
 */
export type Progress = { genesisHash: string; addresses: Record<string, string> };

const fileOf = (book: string) => `${book}.progress`;

/** What an earlier run wrote down, and what the book says already, of this very chain. */
export async function knownOf(
  file: string,
  book: AddressBook | undefined,
  genesisHash: string,
): Promise<Record<string, string>> {
  const kept = await readFile(fileOf(file), "utf8").then(
    (text) => JSON.parse(text) as Progress,
    () => undefined,
  );
  return {
    ...(book?.genesisHash === genesisHash ? inBook(book) : {}),
    ...(kept?.genesisHash === genesisHash ? kept.addresses : {}),
  };
}

export async function writeProgress(file: string, progress: Progress): Promise<void> {
  await writeJson(fileOf(file), progress);
}

export async function endProgress(file: string): Promise<void> {
  await rm(fileOf(file), { force: true });
}

function inBook({ escrow, desks, statementRegistry, arbiterPanel, tokens }: AddressBook): Record<string, string> {
  const named = {
    SettlementEscrow: escrow,
    OrderDesk: desks?.order,
    RevenueDesk: desks?.revenue,
    AgreementDesk: desks?.agreement,
    StatementRegistry: statementRegistry,
    ArbiterPanel: arbiterPanel,
    TestUSD: tokens.find(({ symbol }) => symbol === "TUSD")?.address,
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
