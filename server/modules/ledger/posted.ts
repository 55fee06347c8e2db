import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import { assertBalanced, BadJournal } from "./rules.ts";

/** What is booked: ledger account -> base units. */
type Postings = ReadonlyMap<string, bigint>;

/**
 * What all journals of each of these come to. One whose postings do not sum to zero is left out: somebody wrote them by
 * hand, and only a person knows why.
 * @param of.orderIds our orders; @param of.subjects what is of no order of ours, as its journals name it
 * @returns by order id or subject; an empty map where nothing was booked
 */
export async function posted(
  ctx: ReadContext,
  chainId: number,
  of: { readonly orderIds: readonly Id[]; readonly subjects: readonly string[] },
): Promise<ReadonlyMap<string, Postings>> {
  const sums = new Map<string, Map<string, bigint>>([...of.orderIds, ...of.subjects].map((key) => [key, new Map()]));
  const rows = [
    ...(await postings(ctx, "order_id", chainId, of.orderIds)),
    ...(await postings(ctx, "subject", chainId, of.subjects)),
  ];
  for (const { key, account, amount } of rows) {
    const sum = sums.get(key);
    sum?.set(account, (sum.get(account) ?? 0n) + BigInt(amount));
  }
  return new Map([...sums].filter(([, sum]) => isBalanced(sum)));
}

async function postings(
  ctx: ReadContext,
  column: "order_id" | "subject",
  chainId: number,
  keys: readonly string[],
): Promise<{ key: string; account: string; amount: string | number }[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ key: string; account: string; amount: string | number }>(
    ctx.db,
    `SELECT j.${column} AS key, p.account, p.amount FROM journal j JOIN posting p ON p.journal_id = j.id
     WHERE j.chain_id = :chainId AND j.${column} IN (:keys)`,
    { chainId, keys },
  );
  return rows;
}

function isBalanced(sum: Postings): boolean {
  try {
    assertBalanced(sum);
    return true;
  } catch (error) {
    if (error instanceof BadJournal) return false;
    throw error;
  }
}
