import { toJson, toTables } from "../audit/report.ts";
import { amountText, table } from "../support/narrator.ts";
import type { Count } from "./count.ts";
import type { Plan } from "./plan.ts";
import type { ServerUse } from "./serverUse.ts";
import { KINDS } from "./shares.ts";
import type { Statement } from "./statement.ts";

/** All that a replay tells. */
export interface ReplayResult extends Count {
  readonly plan: Pick<Plan, "rows" | "skipped"> & { readonly played: number };
  readonly ordersPerSecond: number;
  readonly wallSeconds: number;
  readonly onboardingSeconds: number;
  readonly server: ServerUse & {
    /** Its time on the processor for one order, from the first request to the last event booked, in milliseconds. */
    readonly cpuMsPerOrder: number;
  };
}

/** The result for programs: the demo's object and what only a replay has; amounts are base units as text. */
export const toReplayJson = ({ outcome, plan, lost, statements, server, ...times }: ReplayResult) => ({
  ...toJson(outcome),
  ...{ rows: plan.rows, played: plan.played, skipped: plan.skipped, lost },
  orders_per_second: rounded(times.ordersPerSecond),
  wall_seconds: rounded(times.wallSeconds),
  onboarding_seconds: rounded(times.onboardingSeconds),
  server: {
    ...{ memory_mb: server.memoryMb, peak_memory_mb: server.peakMb },
    cpu_ms_per_order: rounded(server.cpuMsPerOrder),
  },
  statements: Object.fromEntries(
    statements.map(({ kind, months, total, onChain }) => [
      kind,
      {
        months: Object.fromEntries([...months].map(([month, amount]) => [month, String(amount)])),
        ...{ total: String(total), on_chain: String(onChain) },
      },
    ]),
  ),
});

/** The result for people. */
export function toReplayTables(result: ReplayResult): string {
  const { outcome, plan, lost, statements, server } = result;
  const skipped = Object.entries(plan.skipped).map(([reason, rows]) => `${rows} ${reason.replaceAll("_", " ")}`);
  const all = Object.values(plan.skipped).reduce((sum, rows) => sum + rows, 0);
  return [
    toTables(outcome).trimEnd(),
    "\nWhat each kind of party earned, by month of purchase\n",
    statementTable(statements, outcome.holdings[0]?.token ?? { decimals: 0, symbol: "" }),
    `\n${plan.rows} rows: ${plan.played} played, ${all} skipped (${skipped.join(", ")}); lost ${lost}`,
    `${result.ordersPerSecond.toFixed(1)} orders/s, ${result.wallSeconds.toFixed(1)} s in all, ` +
      `${result.onboardingSeconds.toFixed(1)} s of them onboarding`,
    `The server: ${server.memoryMb} MB at the end, ${server.peakMb} MB at most, ` +
      `${server.cpuMsPerOrder.toFixed(1)} ms on the processor per order`,
    "",
  ].join("\n");
}

function statementTable(statements: readonly Statement[], token: { decimals: number; symbol: string }): string {
  const inUnits = (amount: bigint): string => amountText(amount, token).split(" ")[0] ?? "";
  const months = [...new Set(statements.flatMap((statement) => [...statement.months.keys()]))].sort();
  const rows = [
    ...months.map((month) => [month, ...statements.map((statement) => inUnits(statement.months.get(month) ?? 0n))]),
    ["in all", ...statements.map(({ total }) => inUnits(total))],
    ["on chain", ...statements.map(({ onChain }) => inUnits(onChain))],
    ["", ...statements.map(({ total, onChain }) => (total === onChain ? "ok" : inUnits(onChain - total)))],
  ];
  return table(
    [token.symbol, ...statements.map(({ kind }) => kind)],
    rows,
    KINDS.map((_, at) => at + 1),
  );
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
