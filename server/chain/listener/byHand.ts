import { type Context, system } from "../../core/db/context.ts";
import type { Database } from "../../core/db/database.ts";
import { type ChainCursor, CursorMoved, FORMAT, head, RowsTooNew } from "../../modules/chains/index.ts";
import type { PaymentSnapshot } from "../../modules/payments/index.ts";
import type { Changed } from "./applyChange.ts";

/** What a person asked for makes no sense here; the message says why, and what does. */
export class Refused extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Refused";
  }
}

/** Whether what was asked for is done, or only tried: written, counted and taken back. */
export type Mode = "try" | "do";

/** What a change does, for the person who asked for it. */
export interface Consequences {
  /** Logs that leave the chain, and logs that come or come to count. */
  readonly logs: { readonly gone: number; readonly come: number };
  /** The orders of ours whose payment is another one afterwards. */
  readonly orders: readonly { readonly orderId: string; readonly before: string; readonly after: string }[];
  /** Ledger account -> what is added to it, in base units. */
  readonly accounts: ReadonlyMap<string, bigint>;
}

/** Sums up what changes did. */
export function consequencesOf(changes: readonly { readonly gone: number; readonly changed: Changed }[]): Consequences {
  const accounts = new Map<string, bigint>();
  for (const { deltas } of changes.flatMap(({ changed }) => changed.journals))
    for (const [account, amount] of deltas) accounts.set(account, (accounts.get(account) ?? 0n) + amount);
  const orders = changes.flatMap(({ changed }) =>
    [...changed.orders.values()]
      .map(({ orderId, before, after }) => ({ orderId, before: inWords(before), after: inWords(after) }))
      .filter(({ before, after }) => before !== after),
  );
  return {
    logs: {
      gone: changes.reduce((sum, { gone }) => sum + gone, 0),
      come: changes.reduce((sum, { changed }) => sum + changed.rows.length, 0),
    },
    orders,
    accounts: new Map([...accounts].filter(([, amount]) => amount !== 0n).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const inWords = ({ state, confidence, held, captured, disputed, released, returned }: PaymentSnapshot): string =>
  [
    confidence === null ? state : `${state} (${confidence})`,
    ...Object.entries({ held, captured, disputed, released, returned }).flatMap(([name, amount]) =>
      amount === 0n ? [] : [`${name} ${amount}`],
    ),
  ].join(", ");

/** Carries the answer of a transaction that is to leave nothing behind. */
class TakenBack<T> extends Error {
  readonly answer: T;
  constructor(answer: T) {
    super("tried, and taken back");
    this.answer = answer;
  }
}

/** A server that moves the cursor meanwhile is let go first, so often. */
const MOST_TRIES = 20;

/**
 * Writes beside a running server, which may move the cursor at any moment: `work` gets the cursor as it is inside the
 * transaction, and runs again with the new one when it moved nevertheless.
 * @param mode `try`: everything is taken back, only the answer stays
 * @throws Refused when nothing of the chain has been read yet
 */
export async function writeBeside<T>(
  db: Database,
  { chainId, mode }: { chainId: number; mode: Mode },
  work: (ctx: Context, cursor: ChainCursor) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.write(ACTOR, async (ctx) => {
        const answer = await work(ctx, known(await head(ctx, chainId), chainId));
        if (mode === "try") throw new TakenBack(answer);
        return answer;
      });
    } catch (error) {
      if (error instanceof TakenBack) return error.answer as T;
      if (!(error instanceof CursorMoved) || tries === MOST_TRIES) throw error;
    }
  }
}

/** Who a person's command acts as. */
export const ACTOR = system("listener.by_hand");

/** The cursor. @throws Refused without one, or when a later version wrote it */
export function known(cursor: ChainCursor | undefined, chainId: number): ChainCursor {
  if (cursor && cursor.format > FORMAT) throw new Refused(new RowsTooNew(chainId, cursor.format).message);
  if (cursor) return cursor;
  throw new Refused(`nothing of chain ${chainId} has been read yet: start the server first`);
}

/** @throws Refused when the chain is stopped: its stored part is not that of the nodes */
export function refuseStopped({ stopped }: ChainCursor): void {
  if (stopped !== null) throw new Refused(`the chain is stopped: ${stopped}. Rewind it first: listener rewind`);
}
