import type { House } from "../core/house.ts";
import type { Metrics } from "../core/metrics.ts";
import type { TaskHandler } from "../core/tasks.ts";
import { exceptionGauges } from "./exceptionMetrics.ts";
import { type Listener, startListener } from "./listener/index.ts";
import { type ChainMetrics, chainMetrics, tableGauges } from "./metrics.ts";
import { measuredRpc } from "./nodeMetrics.ts";
import { MOST_JOBS, type Operator, startOperator } from "./operator/index.ts";
import { type ChainReadiness, readinessOf } from "./readiness.ts";
import { wakeOnHeads, wakeUpUrls } from "./rpc/wakeUp.ts";
import { startSweep } from "./sweep/index.ts";

/** The chain's part of a process. */
export interface Chain {
  readonly listener: Listener;
  /** Handlers of the tasks `operator.*`, for the workers. */
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  /** How many of them to run at once, so that they are done together. */
  readonly concurrency: number;
  readiness(): ChainReadiness;
  /** Ends after the transaction of the database that is being written, and gives the lease away. */
  stop(): Promise<void>;
}

export interface ChainOptions {
  readonly metrics?: Metrics;
}

/**
 * Follows the configured chain and sends the operator's transactions, until stopped. Several processes may run it on
 * one PostgreSQL; one of them writes at a time.
 */
export function startChain(house: House, { metrics }: ChainOptions = {}): Chain {
  const { chain } = house.config;
  // A pool each: what makes a node useless for reading logs must not keep it from taking a transaction.
  const rpc = { reading: measuredRpc(chain, "reading", metrics), sending: measuredRpc(chain, "sending", metrics) };
  const operator: Operator = startOperator(house, {
    rpc: rpc.sending,
    fence: (ctx) => listener.fence(ctx),
    onSent: () => listener.wake(),
    onSettled: (state) => counts?.settled(state),
    metrics,
  });
  const listener: Listener = startListener(house, {
    rpc: rpc.reading,
    onMoved: (applied) => {
      counts?.moved(applied);
      if (applied.depth > 0) house.log.warn({ depth: applied.depth, to: applied.cursor.height }, "reorganised");
      const { quarantined, cursor } = applied;
      if (quarantined > 0)
        house.log.error({ chain: chain.id, quarantined, upTo: cursor.height }, "a log of our escrow cannot be read");
      operator.wake();
    },
    onLead: (leads) => {
      operator.lead(leads);
      sweep.lead(leads);
    },
    onDisagreement: () => counts?.disagreed(),
  });
  const counts: ChainMetrics | undefined = metrics && chainMetrics(metrics, chain.id, () => listener.status());
  if (metrics) {
    tableGauges(house, metrics);
    exceptionGauges(house, metrics);
  }
  const sweep = startSweep(house, metrics);
  const wakers = wakeUpUrls(chain.rpcUrls).map((url) => wakeOnHeads(url, () => listener.wake()));

  return {
    listener,
    handlers: operator.handlers,
    concurrency: 2 * MOST_JOBS,
    readiness: () => readinessOf(listener.status(), house.db.dialect, performance.now()),
    async stop() {
      for (const stopListening of wakers) stopListening();
      rpc.sending.close();
      await Promise.all([listener.stop(), operator.stop(), sweep.stop()]);
    },
  };
}

export { watchChain } from "./watch.ts";
