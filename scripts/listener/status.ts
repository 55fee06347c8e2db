import { type ChainStanding, chainStanding } from "../../server/chain/listener/standing.ts";
import { withDatabase } from "../support/serverConfig.ts";
import { chainsOf } from "./house.ts";
import type { Verb } from "./verb.ts";

export const statusVerb: Verb = {
  help: `Says of each chain how far it is read, what is confirmed and final, who leads, and what needs a person: a stop, a lease
that nobody holds, logs that cannot be read, differences that the sweep found, a silent node. Changes nothing.

  npm run listener -- status [--json]

  npm run listener -- status --chain 31337
`,
  takes: [],
  async run(said) {
    const { config, chains } = chainsOf(said);
    const standings = await withDatabase(config, (db) =>
      Promise.all(chains.map((chain) => chainStanding({ db, config: { ...config, chain } }))),
    );
    const ok = standings.every(({ needs }) => needs.length === 0);
    return { ok, json: { ok, chains: standings.map(toJson) }, text: standings.map(toText).join("\n") };
  },
};

const toJson = (standing: ChainStanding) => ({
  ...{ chain_id: standing.chainId, cursor: standing.cursor, confirmed: standing.confirmed, final: standing.final },
  ...{ head: standing.node.head, lag_blocks: standing.lagBlocks, lag_seconds: standing.lagSeconds },
  ...{ node: standing.node.problem ?? "answers", server_heard_ms_ago: standing.heardAgoMs },
  ...{ stopped: standing.stopped, lease: standing.lease },
  quarantined: standing.quarantined,
  open_differences: standing.differences.map(({ foundAt, ...difference }) => ({
    ...{ ...difference, found_at: new Date(foundAt).toISOString() },
  })),
  needs_a_person: standing.needs,
});

function toText(standing: ChainStanding): string {
  const { chainId, cursor, confirmed, final, node, lease, lagBlocks, lagSeconds, needs } = standing;
  const rows: [string, string][] = [
    ["cursor", `block ${cursor ?? "none"}, confirmed ${confirmed ?? "none"}, final ${final ?? "none"}`],
    ["head", node.head === undefined ? `unknown: ${node.problem}` : `block ${node.head}`],
    ["lag", lagBlocks === undefined ? "unknown" : `${lagBlocks} blocks, ${lagSeconds} s of the chain's time`],
    ["server heard", standing.heardAgoMs === undefined ? "never" : `${(standing.heardAgoMs / 1_000).toFixed(1)} s ago`],
    ["lease", lease ? `${lease.holder}, epoch ${lease.epoch}${lease.over ? ", run out" : ""}` : "nobody has had it"],
    ["stopped", standing.stopped ?? "no"],
    ["quarantined", `${standing.quarantined.count} logs`],
    ["differences", `${standing.differences.length} open`],
  ];
  return `${[
    `chain ${chainId}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`),
    ...(needs.length === 0 ? ["  nothing needs a person"] : needs.map((need) => `  ! ${need}`)),
  ].join("\n")}\n`;
}
