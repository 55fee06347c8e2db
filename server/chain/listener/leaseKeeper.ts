import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { holdLease, type Lease, LeaseLost, leaseOf, releaseLease, takeLease } from "../../modules/chains/index.ts";

/** Keeps the right to write what the chain says, and knows when it is somebody else's. */
export interface LeaseKeeper {
  readonly ttlMs: number;
  /** The lease, taken or renewed when it is time for that; undefined while somebody else holds it. */
  current(): Promise<Lease | undefined>;
  /** Called when a write found that it is lost. */
  lost(): void;
  /** Gives it up, for the next one to take at once. */
  release(): Promise<void>;
}

const ACTOR = system("listener");

/**
 * @param ttlMs how long a holder that says nothing keeps the lease: the time a crash may cost
 */
export function createLeaseKeeper({ db, config }: House, ttlMs: number): LeaseKeeper {
  const chainId = config.chain.id;
  const holder = `${hostname()}:${process.pid}:${randomBytes(6).toString("hex")}`;
  let lease: Lease | undefined;
  let renewAt = 0;

  const take = async (): Promise<Lease | undefined> => {
    const held = await db.read(ACTOR, (ctx) => leaseOf(ctx, chainId));
    const dead = held && isDead(held.holder) ? held.holder : undefined;
    return db.write(ACTOR, (ctx) => takeLease(ctx, { chainId, holder, ttlMs, dead }));
  };
  const renew = async (held: Lease): Promise<Lease | undefined> => {
    try {
      await db.write(ACTOR, (ctx) => holdLease(ctx, held, ttlMs));
      return held;
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      return undefined;
    }
  };

  return {
    ttlMs,
    async current() {
      if (performance.now() < renewAt) return lease;
      lease = (lease && (await renew(lease))) ?? (await take());
      renewAt = performance.now() + ttlMs / (lease ? 3 : 10);
      return lease;
    },
    lost: () => {
      lease = undefined;
      renewAt = 0;
    },
    async release() {
      const held = lease;
      lease = undefined;
      if (held) await db.write(ACTOR, (ctx) => releaseLease(ctx, held));
    },
  };
}

/** Whether the holder was a process of this machine that no longer runs, so that its time need not be waited for. */
function isDead(holder: string): boolean {
  const [host, pid] = holder.split(":");
  if (host !== hostname() || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
