import type { Hex } from "viem";
import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type ChainCursor, type ChainLog, head, logsBetween } from "../../modules/chains/index.ts";
import type { PaymentState } from "../../protocol/paymentState.ts";
import { type Terms, type TermsJson, termsFromJson } from "../../protocol/terms.ts";

import type { AgreementRow } from "./agreements.ts";

/** An escrow order as its row says; amounts in base units. */
export interface OrderRow {
  readonly orderId: string;
  readonly termsHash: Hex;
  readonly terms: Terms;
  readonly state: PaymentState;
  readonly held: bigint;
  readonly captured: bigint;
  readonly disputed: bigint;
  readonly released: bigint;
  readonly returned: bigint;
  readonly refundedReleased: bigint;
}

/** What the house's tables say, all of one moment. */
export interface HouseSide {
  readonly cursor: ChainCursor;
  readonly logs: readonly ChainLog[];
  readonly orders: readonly OrderRow[];
  readonly agreements: readonly AgreementRow[];
  /** Ledger account -> base units. */
  readonly ledger: ReadonlyMap<string, bigint>;
}

/**
 * Reads the tables. Rows of other rooms are read as they stand, not by those rooms' verbs: an audit looks at what is
 * written, whatever wrote it.
 * @throws when the chain has not been read at all
 */
export async function readHouseSide(ctx: ReadContext, chainId: number, startBlock: number): Promise<HouseSide> {
  const cursor = await head(ctx, chainId);
  if (!cursor) throw new Error(`nothing of chain ${chainId} has been read yet`);
  const logs: ChainLog[] = [];
  for (let from = startBlock; from <= cursor.height; from += PAGE)
    for (const log of await logsBetween(ctx, chainId, from, Math.min(from + PAGE - 1, cursor.height))) logs.push(log);
  const [orders, agreements] = [await orderRows(ctx, chainId), await agreementRows(ctx, chainId)];
  return { cursor, logs, orders, agreements, ledger: await balances(ctx, chainId) };
}

/** Blocks whose logs are read at once. */
const PAGE = 20_000;

type StoredAmount = "held" | "captured" | "disputed" | "released" | "returned" | "refunded_released";
type StoredOrder = Record<StoredAmount | "order_id" | "state" | "terms", string> & { terms_hash: Hex };

async function orderRows(ctx: ReadContext, chainId: number): Promise<OrderRow[]> {
  const { rows } = await sql<StoredOrder>(
    ctx.db,
    `SELECT order_id, terms_hash, terms, state, held, captured, disputed, released, returned, refunded_released
     FROM escrow_order WHERE chain_id = :chainId ORDER BY order_id`,
    { chainId },
  );
  return rows.map((row) => ({
    orderId: row.order_id,
    termsHash: row.terms_hash,
    terms: termsFromJson(JSON.parse(row.terms) as TermsJson),
    state: row.state as PaymentState,
    held: BigInt(row.held),
    captured: BigInt(row.captured),
    disputed: BigInt(row.disputed),
    released: BigInt(row.released),
    returned: BigInt(row.returned),
    refundedReleased: BigInt(row.refunded_released),
  }));
}

async function agreementRows(ctx: ReadContext, chainId: number): Promise<AgreementRow[]> {
  const { rows } = await sql<{ id: string; hash: Hex; state: string }>(
    ctx.db,
    "SELECT id, hash, state FROM agreement WHERE chain_id = :chainId ORDER BY id",
    { chainId },
  );
  return rows;
}

async function balances(ctx: ReadContext, chainId: number): Promise<Map<string, bigint>> {
  const { rows } = await sql<{ name: string; balance: string }>(
    ctx.db,
    "SELECT name, balance FROM ledger_account WHERE chain_id = :chainId ORDER BY name",
    { chainId },
  );
  return new Map(rows.map(({ name, balance }) => [name, BigInt(balance)]));
}
