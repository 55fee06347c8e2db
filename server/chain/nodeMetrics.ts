import type { Metrics } from "../core/metrics.ts";
import type { BreakerState } from "./rpc/breaker.ts";
import { createRpc, type NodesOfChain, type Rpc } from "./rpc/pool.ts";

const name = (short: string) => `tributary_chain_${short}`;
const BREAKER: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/**
 * A pool of the chain's nodes that tells how they are doing.
 * @param use what it is asked for, `reading` or `sending`; each has a pool of its own
 */
export function measuredRpc(chain: NodesOfChain, use: string, metrics: Metrics | undefined): Rpc {
  if (!metrics) return createRpc(chain);
  const id = String(chain.id);
  const faults = metrics.counter(name("rpc_faults_total"), "Failures of nodes", ["chain", "fault", "node"]);
  const calls = metrics.counter(name("rpc_calls_total"), "Calls that nodes were asked", ["chain", "node", "use"]);
  const rpc = createRpc(chain, {
    onFault: (fault, node) => faults.inc({ chain: id, fault, node }),
    onRequest: (count, node) => calls.inc({ chain: id, node, use }, count),
  });
  for (let node = 0; node < rpc.size; node += 1) {
    const labels = { chain: id, node: String(node), use };
    const health = () => rpc.health()[node];
    metrics.gauge(
      name("rpc_breaker"),
      "0 while a node is asked, 1 when it is about to be tried again, 2 while it is left alone",
      () => BREAKER[health()?.state ?? "closed"],
      labels,
    );
    metrics.gauge(
      name("rpc_calls_per_second"),
      "How often a node lets itself be asked; without a value while it has not minded",
      () => finite(health()?.perSecond),
      labels,
    );
  }
  return rpc;
}

const finite = (value: number | undefined): number | undefined => (Number.isFinite(value) ? value : undefined);
