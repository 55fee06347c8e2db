import { type Context, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { isGone, PROCESS_NAME } from "../../core/processName.ts";
import {
  endSilentSessions,
  holdLease,
  type Lease,
  LeaseLost,
  leaseOf,
  recordSeen,
  releaseLease,
  type Seen,
  takeLease,
} from "../../modules/chains/index.ts";

/** Keeps the right to write what the chain says, and knows when it is somebody else's. */
export interface LeaseKeeper {
  /** The lease, taken when it is free; undefined while somebody else holds it. */
  current(): Promise<Lease | undefined>;
  /** In the open transaction: nobody takes the lease before it is over. @throws LeaseLost without it */
  hold(ctx: Context): Promise<void>;
  /** Called whenever a node answered: it is written down with the next renewal, the first time at once. */
  answered(): void;
  /** Called when a write found that it is lost. */
  lost(): void;
  /** Gives it up, for the next one to take at once, and takes it no more. */
  retire(): Promise<void>;
}

export interface LeaseKeeperOptions {
  /** What a node last told, to be written down with every renewal. */
  readonly seen: () => Seen | undefined;
  /** Whether the work goes on for which the lease is held; one that hangs is left to another process. */
  readonly isAlive: () => boolean;
}

const ACTOR = system("listener");
/** So long the sessions of a holder without a lease have waited for it before they are ended, in milliseconds. */
const SILENT_MS = 1_000;

/** The lease is renewed by a clock of its own, since a look at a slow node may take longer than a lease lasts. */
export function createLeaseKeeper({ db, config, log }: House, { seen, isAlive }: LeaseKeeperOptions): LeaseKeeper {
  const { id: chainId, leaseMs: ttlMs } = config.chain;
  let lease: Lease | undefined;
  let takeAt = 0;
  let retired = false;
  let told = false;
  let renewing: Promise<void> | undefined;

  const take = async (): Promise<Lease | undefined> => {
    const held = await db.read(ACTOR, (ctx) => leaseOf(ctx, chainId));
    const dead = held && isGone(held.holder) ? held.holder : undefined;
    if (held && !held.over && dead === undefined) return undefined;
    if (held && held.holder !== PROCESS_NAME)
      await db.read(ACTOR, (ctx) => endSilentSessions(ctx, held.holder, SILENT_MS));
    return db.write(ACTOR, (ctx) => takeLease(ctx, { chainId, holder: PROCESS_NAME, ttlMs, dead }));
  };
  const renew = async (held: Lease): Promise<void> => {
    const news = seen();
    await db.write(ACTOR, async (ctx) => {
      await holdLease(ctx, held, ttlMs);
      if (news) await recordSeen(ctx, chainId, news);
    });
  };
  const renewNow = (): void => {
    const held = lease;
    if (!held || renewing || !isAlive()) return;
    renewing = renew(held)
      .catch((error: unknown) => {
        if (!(error instanceof LeaseLost)) log.warn({ err: error, chain: chainId }, "the lease could not be renewed");
        else if (lease === held) lease = undefined;
      })
      .finally(() => {
        renewing = undefined;
      });
  };
  const timer = setInterval(renewNow, ttlMs / 3);

  return {
    async current() {
      if (lease || retired || performance.now() < takeAt) return lease;
      lease = await take();
      told = false;
      takeAt = performance.now() + ttlMs / 10;
      return lease;
    },
    async hold(ctx) {
      if (!lease) throw new LeaseLost({ chainId, holder: PROCESS_NAME, epoch: 0 });
      await holdLease(ctx, lease, ttlMs);
    },
    answered: () => {
      if (told) return;
      told = true;
      renewNow();
    },
    lost: () => {
      lease = undefined;
      takeAt = 0;
    },
    async retire() {
      retired = true;
      clearInterval(timer);
      await renewing;
      const held = lease;
      lease = undefined;
      if (held) await db.write(ACTOR, (ctx) => releaseLease(ctx, held));
    },
  };
}
