import { system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Metrics } from "../core/metrics.ts";
import { countQuarantined } from "../modules/chains/index.ts";
import type { Applied } from "./listener/applyRange.ts";
import type { ListenerStatus } from "./listener/status.ts";

/** What the chain's part of the process counts. */
export interface ChainMetrics {
  disagreed(): void;
  moved(applied: Applied): void;
  settled(state: string): void;
}

const ACTOR = system("metrics");
const name = (short: string) => `tributary_chain_${short}`;

type Status = ListenerStatus | Promise<ListenerStatus>;

/** Registers how far the chain `chainId` is followed, as this process knows it. */
export function progressGauges(metrics: Metrics, chainId: number, status: () => Status): void {
  const gauges: [string, string, (now: ListenerStatus) => number | undefined][] = [
    ["head", "Height of the newest block a node told of", ({ head }) => head],
    ["cursor", "Height of the last block that is in the tables", ({ cursor }) => cursor],
    ["lag_blocks", "Blocks the tables are behind", ({ head, cursor }) => Math.max(0, head - cursor)],
    ["lag_seconds", "How old what people read may be", lagSeconds],
    ["last_answer_seconds", "Seconds since a node gave an answer that stands", answeredSecondsAgo],
    ["stopped", "1 while the chain is not followed until a person decides", ({ mode }) => Number(mode === "stopped")],
  ];
  for (const [short, help, read] of gauges)
    metrics.gauge(name(short), help, async () => read(await status()), { chain: String(chainId) });
}

/** Registers what the tables alone tell of the chain of `house`. */
export function tableGauges({ db, config }: Pick<House, "db" | "config">, metrics: Metrics): void {
  const { id } = config.chain;
  metrics.gauge(
    name("quarantined"),
    "Logs of the escrow that cannot be read",
    () => db.read(ACTOR, (ctx) => countQuarantined(ctx, id)),
    { chain: String(id) },
  );
}

const answeredSecondsAgo = ({ answeredAt }: ListenerStatus): number | undefined =>
  answeredAt === undefined ? undefined : (performance.now() - answeredAt) / 1_000;

/** Seconds since a node told of its newest block, and the chain's seconds from the last that is in the tables to it. */
function lagSeconds(status: ListenerStatus): number | undefined {
  const silent = answeredSecondsAgo(status);
  const { head, headTimestampS, cursor, cursorTimestampS } = status;
  const behind = head > cursor && cursorTimestampS > 0 ? headTimestampS - cursorTimestampS : 0;
  return silent === undefined ? undefined : silent + Math.max(0, behind);
}

/** Registers the metrics of the chain `chainId`; names begin with `tributary_chain_`, and each has the label `chain`. */
export function chainMetrics(metrics: Metrics, chainId: number, status: () => ListenerStatus): ChainMetrics {
  const chain = String(chainId);
  progressGauges(metrics, chainId, status);
  const own: [string, string, (now: ListenerStatus) => number][] = [
    ["epoch", "Epoch of the lease this process holds, 0 without one", ({ epoch }) => epoch],
    ["leading", "1 in the process that follows the chain", ({ mode }) => Number(mode === "leading")],
  ];
  for (const [short, help, read] of own) metrics.gauge(name(short), help, () => read(status()), { chain });

  const disagreements = metrics.counter(
    name("quorum_disagreements_total"),
    "How often two nodes said different things of what was about to become final",
    ["chain"],
  );
  const logs = metrics.counter(name("logs_total"), "Logs stored, by what became of them", ["chain", "kind"]);
  const reorgs = metrics.counter(name("reorgs_total"), "Reorganisations", ["chain"]);
  const reorged = metrics.counter(name("reorged_blocks_total"), "Blocks that reorganisations took", ["chain"]);
  const depths = metrics.histogram(name("reorg_depth_blocks"), "Blocks that each reorganisation took", {
    labels: ["chain"],
    buckets: [1, 2, 3, 5, 8, 12, 24, 64],
  });
  const sent = metrics.counter(name("transactions_total"), "Own transactions, by the state they came to", [
    "chain",
    "state",
  ]);
  // An increase is only seen of what was told before.
  for (const counter of [reorgs, reorged]) counter.inc({ chain }, 0);
  for (const kind of ["applied", "quarantined", "unmatched", "broken"]) logs.inc({ chain, kind }, 0);
  return {
    disagreed: () => disagreements.inc({ chain }),
    moved: ({ logs: all, quarantined, unmatched, broken, depth }) => {
      const kinds = { applied: all - quarantined - unmatched, quarantined, unmatched, broken };
      for (const [kind, count] of Object.entries(kinds)) if (count > 0) logs.inc({ chain, kind }, count);
      if (depth === 0) return;
      reorgs.inc({ chain });
      reorged.inc({ chain }, depth);
      depths.observe({ chain }, depth);
    },
    settled: (state) => sent.inc({ chain, state }),
  };
}
