import { system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Metrics } from "../core/metrics.ts";
import { progressOf } from "../modules/chains/index.ts";
import { exceptionGauges } from "./exceptionMetrics.ts";
import { type ListenerStatus, nothingSeen, statusFrom, whyStopped } from "./listener/status.ts";
import { progressGauges, tableGauges } from "./metrics.ts";
import { type ChainReadiness, readinessOf } from "./readiness.ts";

/** What a process that only serves knows of a chain: what those that follow it have written down. */
export interface ChainWatch {
  readiness(): Promise<ChainReadiness>;
}

const ACTOR = system("ready");

/** Watches the configured chain for a process that does not follow it. */
export function watchChain(house: House, metrics?: Metrics): ChainWatch {
  const { db, config } = house;
  const status = async (): Promise<ListenerStatus> => {
    const progress = await db.read(ACTOR, (ctx) => progressOf(ctx, config.chain.id));
    const problem = progress && whyStopped(progress, config.chain.id);
    return { ...nothingSeen(), ...statusFrom(progress), mode: problem ? "stopped" : "watching", problem };
  };
  if (metrics) {
    progressGauges(metrics, config.chain.id, status);
    tableGauges(house, metrics);
    exceptionGauges(house, metrics);
  }
  return { readiness: async () => readinessOf(await status(), db.dialect, performance.now()) };
}
