import type { House } from "../../core/house.ts";
import { head, type LogPlace, quarantinedLogs } from "../../modules/chains/index.ts";
import { applyChange, changeSettings } from "./applyChange.ts";
import { ACTOR, type Consequences, consequencesOf, known, type Mode, refuseStopped, writeBeside } from "./byHand.ts";
import { logRow } from "./logRows.ts";

/** What reading the quarantined logs again led to. */
export interface Replay extends Consequences {
  /** Logs that were looked at, and those that still cannot be read. */
  readonly quarantined: number;
  readonly unreadable: number;
}

/** Logs read again in one transaction. */
const BATCH = 200;

/**
 * Reads logs that could not be read once more, as after an upgrade that knows their events: those that can be read now
 * count, and their orders, agreements and accounts are derived anew. In batches; a broken-off one is simply asked again.
 * @throws Refused when the chain is stopped
 */
export async function replayQuarantine(house: Pick<House, "db" | "config">, mode: Mode): Promise<Replay> {
  const { db, config } = house;
  const { id: chainId, escrow } = config.chain;
  const settings = changeSettings(config.chain);
  refuseStopped(known(await db.read(ACTOR, (ctx) => head(ctx, chainId)), chainId));

  const changes: Parameters<typeof consequencesOf>[0][number][] = [];
  let [quarantined, unreadable] = [0, 0];
  let after: LogPlace | undefined = { height: -1, logIndex: -1 };
  while (after) {
    const from: LogPlace = after;
    const batch = await writeBeside(db, { chainId, mode }, async (ctx, cursor) => {
      const logs = await quarantinedLogs(ctx, chainId, from, BATCH);
      const rows = logs.map((log) => logRow({ ...log, address: escrow }, settings.domain));
      const fresh = rows.filter(({ state }) => state !== "quarantined");
      if (fresh.length === 0) return { logs, fresh };
      const change = { to: cursor, gone: [], fresh, blocks: [], anew: NOTHING };
      return { logs, fresh, changed: await applyChange(ctx, cursor, change, undefined, settings) };
    });
    if (batch.changed) changes.push({ gone: 0, changed: batch.changed });
    quarantined += batch.logs.length;
    unreadable += batch.logs.length - batch.fresh.length;
    after = batch.logs.length === BATCH ? batch.logs.at(-1) : undefined;
  }
  return { ...consequencesOf(changes), quarantined, unreadable };
}

const NOTHING = { orders: [], agreements: [], accounts: [] };
