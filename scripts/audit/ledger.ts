import "reflect-metadata";
import type { Address } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { readConfig } from "../../server/config.ts";
import { system } from "../../server/core/db/context.ts";
import { openDatabase } from "../../server/core/db/database.ts";
import { sql } from "../../server/core/db/sql.ts";
import { ledgerAccount } from "../../server/protocol/positions.ts";
import { entities, migrations } from "../../server/schema.ts";
import { balanceOf } from "../client/chain.ts";
import { type Books, returnedOf } from "./books.ts";
import type { Place } from "./chain.ts";
import { compare, type Difference } from "./difference.ts";
import type { HoldingRow, ShownToken } from "./report.ts";

/** Balances of all ledger accounts that are not zero, in base units. */
export type LedgerBalances = ReadonlyMap<string, bigint>;

/** What the server's own tables say: the ledger, and what the server's reconciliation finds. */
export interface House {
  readonly ledger: LedgerBalances;
  readonly differences: readonly Difference[];
}

/** Reads the server's database from outside, as `npm run reconcile` does. @param env what the server was told */
export async function readHouse(env: Readonly<Record<string, string>>): Promise<House> {
  const config = readConfig(env);
  const db = await openDatabase({ url: config.databaseUrl, entities, migrations });
  try {
    const { rows } = await db.readAtOneMoment(system("audit"), (ctx) =>
      sql<{ name: string; balance: string }>(ctx.db, "SELECT name, balance FROM ledger_account"),
    );
    const { differences } = await reconcile({ db, config });
    return {
      ledger: new Map(rows.map(({ name, balance }) => [name, BigInt(balance)] as const).filter(([, amount]) => amount)),
      differences: differences.map(({ what, where, expected, actual }) => ({
        source: "reconcile",
        what: `${what}: ${where}`,
        expected,
        actual,
      })),
    };
  } finally {
    await db.close();
  }
}

/** Holds every account of the ledger against the books; one that only the ledger knows is a difference, too. */
export function againstLedger(books: Books, ledger: LedgerBalances, chainId: number): Difference[] {
  const expected = expectedLedger(books, chainId);
  const names = new Set([...expected.keys(), ...ledger.keys()]);
  return [...names].flatMap((name) =>
    compare("ledger", name, { balance: expected.get(name) ?? 0n }, { balance: ledger.get(name) ?? 0n }),
  );
}

function expectedLedger(books: Books, chainId: number): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  const add = (name: string, amount: bigint) => balances.set(name, (balances.get(name) ?? 0n) + amount);
  for (const page of books.orders) {
    const { id, terms, authorized, held, captured, returnedCredited } = page;
    const { payer, token } = terms;
    add(ledgerAccount("payer", payer, chainId, token), returnedOf(page) - returnedCredited - authorized);
    add(ledgerAccount("escrow_held", id, chainId, token), held);
    add(ledgerAccount("escrow_captured", id, chainId, token), captured);
  }
  for (const { account, token, credited, withdrawn } of books.accounts()) {
    add(ledgerAccount("credit", account, chainId, token), credited - withdrawn);
    add(ledgerAccount("withdrawn", account, chainId, token), withdrawn);
  }
  return balances;
}

/** What contract, ledger and books say of a token that the escrow holds. */
export async function holdingOf(
  books: Books,
  { chain, escrow }: Place,
  ledger: LedgerBalances,
  chainId: number,
  token: ShownToken,
): Promise<HoldingRow> {
  return {
    token,
    contract: await balanceOf(chain, token.address, escrow),
    ledger: ledgerHolding(ledger, chainId, token.address),
    amounts: books.amounts(token.address),
  };
}

/** What the ledger says the escrow holds of a token: held, captured, disputed and credited. */
function ledgerHolding(ledger: LedgerBalances, chainId: number, token: Address): bigint {
  const ours = [...ledger].filter(
    ([name]) =>
      /^(escrow_held|escrow_captured|escrow_disputed|credit):/.test(name) &&
      name.endsWith(`:${chainId}:${token}`.toLowerCase()),
  );
  return ours.reduce((sum, [, balance]) => sum + balance, 0n);
}
