import { setTimeout as pause } from "node:timers/promises";
import type { Hex } from "viem";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import type { SimulatedChain } from "../chain/chain.ts";

/** A reader that looks at the tables all the time, as people do, and notes what must not be seen. */
export interface Watcher {
  readonly complaints: string[];
  /** How often it looked. */
  looks(): number;
  /** Looks away while an operator moves the cursor, and begins anew after it. */
  without<T>(work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

interface Row {
  readonly order_id: string;
  readonly state: string;
  readonly confidence: string | null;
  readonly amount: string;
  readonly held: string;
  readonly captured: string;
  readonly disputed: string;
  readonly released: string;
  readonly returned: string;
  readonly refunded_released: string;
  readonly height: string | number;
  readonly hash: Hex;
  readonly final: string | number;
  readonly version: string | number;
}

/** One statement, so that all of it is of one moment. */
const LOOK = `SELECT o.order_id, o.state, o.confidence, o.amount, o.held, o.captured, o.disputed, o.released, o.returned,
  o.refunded_released, c.height, c.hash, c.finalized_height AS final, c.version
  FROM escrow_order o CROSS JOIN chain_cursor c`;

const EVERY_MS = 25;

/** What never falls while the chain only grows: what an order has come to. */
interface Progress {
  readonly used: number;
  readonly taken: bigint;
  readonly released: bigint;
  readonly returned: bigint;
  readonly refundedReleased: bigint;
}

function progressOf(row: Row): Progress {
  const used = row.state === "pending" ? 0 : 1;
  const paid = used === 1 && row.state !== "cancelled";
  return {
    used,
    taken: paid ? BigInt(row.amount) - BigInt(row.held) : 0n,
    released: BigInt(row.released),
    returned: BigInt(row.returned),
    refundedReleased: BigInt(row.refunded_released),
  };
}

const fellBehind = (before: Progress, after: Progress): string | undefined =>
  (Object.keys(before) as (keyof Progress)[]).find((name) => after[name] < before[name]);

/** Starts looking. */
export function watch(db: Database, chain: SimulatedChain): Watcher {
  const complaints: string[] = [];
  const seen = new Map<string, { row: Row; progress: Progress; final?: Progress }>();
  let cursor: Pick<Row, "height" | "hash" | "final" | "version"> | undefined;
  let looks = 0;
  let watching = true;
  let away = false;
  let looking: Promise<void> = Promise.resolve();

  const complain = (what: string): void => {
    if (complaints.length < 20) complaints.push(what);
  };

  /** Whether the later block does not stand on the earlier one. */
  const leftBranch = (earlier: Hex, later: Hex): boolean => {
    const base = chain.byHash(earlier);
    let at = chain.byHash(later);
    while (base && at && at.height > base.height) at = chain.byHash(at.parentHash);
    return at?.hash !== base?.hash;
  };

  const check = (rows: readonly Row[]): void => {
    const [now] = rows;
    if (!now) return;
    if (!chain.byHash(now.hash) && Number(now.height) >= 0)
      complain(`the cursor is at ${now.hash}, which is no block that there ever was`);
    const reorganised = cursor !== undefined && leftBranch(cursor.hash, now.hash);
    if (cursor && Number(now.version) < Number(cursor.version)) complain("the cursor's version fell");
    if (cursor && Number(now.final) < Number(cursor.final))
      complain(`what is final fell from ${cursor.final} to ${now.final}`);
    if (cursor && !reorganised && Number(now.height) < Number(cursor.height))
      complain(`the cursor went back from ${cursor.height} to ${now.height} without a reorganisation`);
    cursor = now;
    for (const row of rows) {
      const before = seen.get(row.order_id);
      const progress = progressOf(row);
      const fell = before && fellBehind(before.progress, progress);
      if (fell && !reorganised) complain(`${fell} of order ${row.order_id} went back without a reorganisation`);
      const undone = before?.final && fellBehind(before.final, progress);
      if (undone) complain(`${undone} of order ${row.order_id} was final and went back`);
      const final = row.confidence === "final" ? progress : before?.final;
      seen.set(row.order_id, { row, progress, ...(final ? { final } : {}) });
    }
  };

  const look = async (): Promise<void> => {
    const { rows } = await db.read(system("watcher"), (ctx) => sql<Row>(ctx.db, LOOK, {}));
    looks += 1;
    check(rows);
  };
  const run = async (): Promise<void> => {
    while (watching) {
      // A reader whose connection was ended asks again, as any reader does.
      if (!away) looking = look().catch(() => undefined);
      await looking;
      await pause(EVERY_MS);
    }
  };
  const running = run();
  return {
    complaints,
    looks: () => looks,
    without: async (work) => {
      away = true;
      await looking;
      try {
        return await work();
      } finally {
        cursor = undefined;
        seen.clear();
        away = false;
      }
    },
    stop: async () => {
      watching = false;
      await running;
    },
  };
}
