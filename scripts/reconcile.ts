import "reflect-metadata";
import { parseArgs } from "node:util";
import { type Reconciliation, reconcile } from "../server/chain/reconciler/index.ts";
import { configOf, HOUSE_HELP, HOUSE_OPTIONS, runCommand, withDatabase } from "./support/serverConfig.ts";

const HELP = `Compares the escrow contract with stored logs, orders and ledger, and names every difference. Changes nothing.
Exits 0 when there is none, 1 when there is one, 2 when it could not compare.

  npm run reconcile -- [options]

${HOUSE_HELP}`;

const { values } = parseArgs({ options: HOUSE_OPTIONS });

await runCommand(HELP, values, async () => {
  const config = configOf(values);
  const result = await withDatabase(config, (db) => reconcile({ db, config }));
  return { json: toJson(result), text: toText(result), ok: result.differences.length + result.open.length === 0 };
});

/** Amounts as strings of base units. */
function toJson({ chainId, height, differences, open, totals }: Reconciliation) {
  return {
    ok: differences.length + open.length === 0,
    ...{ chain_id: chainId, height, differences },
    open_differences: open.map(({ what, subject, expected, actual, foundAt }) => ({
      ...{ what, subject, expected, actual, found_at: new Date(foundAt).toISOString() },
    })),
    totals: Object.fromEntries(
      [...totals].map(([token, sums]) => [
        token,
        Object.fromEntries(Object.entries(sums).map(([name, amount]) => [name, String(amount)])),
      ]),
    ),
  };
}

function toText({ chainId, height, differences, open, totals }: Reconciliation): string {
  const sums = [...totals].flatMap(([token, amounts]) => [
    `token ${token}`,
    ...Object.entries(amounts).map(([name, amount]) => `  ${name.padEnd(20)}${String(amount).padStart(28)}`),
  ]);
  const found = differences.map(
    ({ what, where, expected, actual }) => `${what}: ${where}\n  chain: ${expected}\n  house: ${actual}`,
  );
  const swept = open.map(
    ({ what, subject, expected, actual }) =>
      `open since a sweep: ${what} ${subject}\n  expected: ${expected}\n  it is: ${actual}`,
  );
  const verdict =
    differences.length + open.length === 0
      ? "No difference."
      : `${differences.length} differences; ${open.length} open since a sweep.`;
  return `${[`chain ${chainId}, block ${height}, base units`, ...sums, ...found, ...swept, verdict].join("\n")}\n`;
}
