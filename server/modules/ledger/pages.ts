import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";

/** What the escrow owes an account in one token, by the ledger; amounts in base units. */
export interface Credit {
  /** The ledger account. */
  readonly name: string;
  /** A lower-case address. */
  readonly owner: string;
  /** In lower case. */
  readonly token: string;
  readonly balance: bigint;
  /** The part of it that holds at the finalized block. */
  readonly final: bigint;
}

type AccountRow = { name: string; owner: string; token: string; balance: string | number };

/** A page of the names of a chain's credits. */
export async function creditPage(ctx: ReadContext, chainId: number, after: string, most: number): Promise<string[]> {
  const { rows } = await sql<{ name: string }>(
    ctx.db,
    `SELECT name FROM ledger_account
     WHERE chain_id = :chainId AND kind = 'credit' AND name > :after ORDER BY name LIMIT ${most}`,
    { chainId, after },
  );
  return rows.map(({ name }) => name);
}

/** The credits of these names. @param finalizedHeight the newest block that is final */
export async function creditsOf(
  ctx: ReadContext,
  names: readonly string[],
  finalizedHeight: number,
): Promise<Credit[]> {
  const { rows } = await sql<AccountRow>(
    ctx.db,
    "SELECT name, owner, token, balance FROM ledger_account WHERE name IN (:names)",
    { names },
  );
  const { rows: postings } = await sql<{ account: string; amount: string | number }>(
    ctx.db,
    "SELECT account, amount FROM posting WHERE account IN (:names) AND height > :finalizedHeight",
    { names: rows.map(({ name }) => name), finalizedHeight },
  );
  const pending = new Map<string, bigint>();
  for (const { account, amount } of postings) pending.set(account, (pending.get(account) ?? 0n) + BigInt(amount));
  return rows.map(({ balance, ...row }) => ({
    ...{ ...row, balance: BigInt(balance), final: BigInt(balance) - (pending.get(row.name) ?? 0n) },
  }));
}

/** A page of what has money of a chain in the escrow by the ledger: the accounts' names with the orders they are of. */
export async function escrowOwners(
  ctx: ReadContext,
  chainId: number,
  after: string,
  most: number,
): Promise<{ name: string; owner: string }[]> {
  const { rows } = await sql<{ name: string; owner: string }>(
    ctx.db,
    `SELECT name, owner FROM ledger_account
     WHERE chain_id = :chainId AND kind IN ('escrow_held', 'escrow_captured', 'escrow_disputed') AND balance <> '0'
       AND name > :after ORDER BY name LIMIT ${most}`,
    { chainId, after },
  );
  return rows;
}

/** What the ledger has in the escrow of these orders: ledger account -> base units. */
export async function escrowAccounts(
  ctx: ReadContext,
  chainId: number,
  owners: readonly string[],
): Promise<ReadonlyMap<string, { readonly owner: string; readonly balance: bigint }>> {
  const { rows } = await sql<{ name: string; owner: string; balance: string | number }>(
    ctx.db,
    `SELECT name, owner, balance FROM ledger_account WHERE chain_id = :chainId AND owner IN (:owners)
       AND kind IN ('escrow_held', 'escrow_captured', 'escrow_disputed')`,
    { chainId, owners },
  );
  return new Map(rows.map(({ name, owner, balance }) => [name, { owner, balance: BigInt(balance) }]));
}
