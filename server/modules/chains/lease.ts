import type { Context, ReadContext } from "../../core/db/context.ts";
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

/** Epoch milliseconds by the database's clock: the machines' own may differ by an hour. */
const nowOf = (ctx: ReadContext): string =>
  ctx.db.dataSource.options.type === "postgres"
    ? "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)"
    : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/** Who has the lease, whether or not it has run out. */
export const leaseOf = (ctx: ReadContext, chainId: number): Promise<ChainLease | null> =>
  ctx.db.findOneBy(ChainLease, { chainId });

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
  const now = nowOf(ctx);
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO chain_lease (chain_id, holder, epoch, expires_at) VALUES (:chainId, :holder, 1, ${now} + :ttlMs)
     ON CONFLICT (chain_id) DO UPDATE SET holder = :holder, epoch = chain_lease.epoch + 1, expires_at = ${now} + :ttlMs
     WHERE chain_lease.expires_at <= ${now} OR chain_lease.holder = :dead`,
    { chainId, holder, ttlMs, dead },
  );
  if (affected !== 1) return undefined;
  const taken = await leaseOf(ctx, chainId);
  return taken ? { chainId, holder, epoch: taken.epoch } : undefined;
}

/**
 * Renews the lease, and locks its row, so that nobody takes it before this transaction is over.
 * @throws LeaseLost when somebody else has it, or had it since, or it ran out
 */
export async function holdLease(ctx: Context, lease: Lease, ttlMs: number): Promise<void> {
  const now = nowOf(ctx);
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
