import "reflect-metadata";
import { parseArgs } from "node:util";
import { type Reconciliation, reconcile } from "../server/chain/reconciler/index.ts";
import type { Config } from "../server/config.ts";
import type { Database } from "../server/core/db/database.ts";
import { chainsOf } from "./listener/house.ts";
import { type Finding, HOUSE_HELP, HOUSE_OPTIONS, runCommand, withDatabase } from "./support/serverConfig.ts";

const HELP = `Compares the escrow contract with stored logs, orders and ledger, and names every difference. Changes nothing.
Every chain of the house is compared, one after the other; what befalls one of them keeps no other from it.
Exits 0 when there is none, 1 when there is one, 2 when it could not compare.

  npm run reconcile -- [options]

${HOUSE_HELP}  --chain ID        only this chain
`;

const { values } = parseArgs({ options: { ...HOUSE_OPTIONS, chain: { type: "string" } } });

await runCommand(HELP, values, async () => {
  const { config, chains } = chainsOf(values);
  return withDatabase(config, async (db) => {
    const found: Finding[] = [];
    for (const chain of chains) found.push(await compared({ db, config: { ...config, chain } }, chains.length === 1));
    return together(found);
  });
});

/** One chain compared. @param alone whether it is the only one: then what keeps it from being compared is thrown */
async function compared(house: { db: Database; config: Config }, alone: boolean): Promise<Finding> {
  try {
    const result = await reconcile(house);
    return { json: toJson(result), text: toText(result), ok: result.differences.length + result.open.length === 0 };
  } catch (error) {
    if (alone) throw error;
    const { id } = house.config.chain;
    const why = error instanceof Error ? error.message : String(error);
    const text = `chain ${id} could not be compared: ${why}\n`;
    return { json: { ok: false, chain_id: id, error: why }, text, ok: false, incomplete: true };
  }
}

/** What is told of one chain alone is told as it always was. */
function together(found: readonly Finding[]): Finding {
  const chains = found.map(({ json }) => json);
  const ok = found.every((each) => each.ok);
  const [only, ...others] = chains;
  return {
    json: others.length === 0 ? { ...(only as object), chains } : { ok, chains },
    text: found.map(({ text }) => text).join("\n"),
    ...{ ok, incomplete: found.some(({ incomplete }) => incomplete) },
  };
}

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
