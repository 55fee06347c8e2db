import type { Context, ReadContext } from "../../core/db/context.ts";
import { nowIn } from "../../core/db/now.ts";
import { sql } from "../../core/db/sql.ts";
import { ChainLease } from "./entities.ts";

/** What a holder carries: the epoch fences it off from the holders before and after. */
export type Lease = { readonly chainId: number; readonly holder: string; readonly epoch: number };

/** Somebody else holds the lease now; whoever meets this stops writing. */
export class LeaseLost extends Error {
  constructor({ chainId, epoch }: Lease) {
    super(`the lease of chain ${chainId} with epoch ${epoch} is lost`);
    this.name = "LeaseLost";
  }
}

/** Longest that a lease may be given for, in milliseconds; one that runs longer is of a time before a clock was set back. */
const LONGEST_MS = 60_000;

/** Who has the lease, and how long it still lasts by the database's clock, in milliseconds; below 0 it is over. */
export async function leaseOf(
  ctx: ReadContext,
  chainId: number,
): Promise<
  { readonly holder: string; readonly epoch: number; readonly over: boolean; readonly leftMs: number } | undefined
> {
  const held = await ctx.db.findOneBy(ChainLease, { chainId });
  if (!held) return undefined;
  const { rows } = await sql<{ now: string | number }>(ctx.db, `SELECT ${nowIn(ctx.db)} AS now`);
  const left = held.expiresAt - Number(rows[0]?.now);
  return { holder: held.holder, epoch: held.epoch, over: left <= 0 || left > LONGEST_MS, leftMs: left };
}

/**
 * Ends the PostgreSQL sessions in which a holder that says nothing keeps a transaction open: what it has locked, the
 * lease's own row among it, nobody else could have. Sessions that the database works for are left to end by themselves.
 * @param forMs how long they must have waited for their client, in milliseconds
 */
export async function endSilentSessions(ctx: ReadContext, holder: string, forMs: number): Promise<void> {
  if (ctx.db.dataSource.options.type !== "postgres") return;
  await sql(
    ctx.db,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = :holder AND xact_start IS NOT NULL
       AND wait_event_type = 'Client' AND state_change < clock_timestamp() - :forMs * interval '1 millisecond'`,
    { holder, forMs },
  );
}

/**
 * Takes the lease of a chain when nobody holds it, when it has run out, or from a holder known to be dead.
 * @param ttlMs how long it lasts without being renewed
 * @param dead  a holder whose process is known to be gone
 * @returns undefined when somebody else has it
 */
export async function takeLease(
  ctx: Context,
  { chainId, holder, ttlMs, dead = "" }: { chainId: number; holder: string; ttlMs: number; dead?: string | undefined },
): Promise<Lease | undefined> {
  const now = nowIn(ctx.db);
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO chain_lease (chain_id, holder, epoch, expires_at) VALUES (:chainId, :holder, 1, ${now} + :ttlMs)
     ON CONFLICT (chain_id) DO UPDATE SET holder = :holder, epoch = chain_lease.epoch + 1, expires_at = ${now} + :ttlMs
     WHERE chain_lease.expires_at <= ${now} OR chain_lease.expires_at > ${now} + ${LONGEST_MS} OR chain_lease.holder = :dead`,
    { chainId, holder, ttlMs, dead },
  );
  if (affected !== 1) return undefined;
  const taken = await ctx.db.findOneBy(ChainLease, { chainId });
  return taken ? { chainId, holder, epoch: taken.epoch } : undefined;
}

/**
 * Renews the lease, and locks its row, so that nobody takes it before this transaction is over.
 * @throws LeaseLost when somebody else has it, or had it since, or it ran out
 */
export async function holdLease(ctx: Context, lease: Lease, ttlMs: number): Promise<void> {
  const now = nowIn(ctx.db);
  const { affected } = await sql(
    ctx.db,
    `UPDATE chain_lease SET expires_at = ${now} + :ttlMs
     WHERE chain_id = :chainId AND holder = :holder AND epoch = :epoch AND expires_at > ${now}`,
    { ...lease, ttlMs },
  );
  if (affected !== 1) throw new LeaseLost(lease);
}

/** Lets the next one take it at once. */
export async function releaseLease(ctx: Context, lease: Lease): Promise<void> {
  await sql(
    ctx.db,
    "UPDATE chain_lease SET expires_at = 0 WHERE chain_id = :chainId AND holder = :holder AND epoch = :epoch",
    lease,
  );
}
