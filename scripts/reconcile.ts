import "reflect-metadata";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Reconciliation, reconcile } from "../server/chain/reconciler/index.ts";
import { readConfig } from "../server/config.ts";
import { openDatabase } from "../server/core/db/database.ts";
import { entities, migrations } from "../server/schema.ts";
import { serverEnvironment } from "./start/environment.ts";

const HELP = `Compares the escrow contract with stored logs, orders and ledger, and names every difference. Changes nothing.
Exits 0 when there is none, 1 when there is one, 2 when it could not compare.

  npm run reconcile -- [options]

  --json            the result as JSON on stdout
  --data DIR        folder of npm start (default data)
  --database URL    sqlite:FILE or postgres://… (default DATABASE_URL, else in DIR)
  --rpc URL         of the chain (default RPC_URLS, else http://127.0.0.1:8545)
  --addresses FILE  address book (default ADDRESS_BOOK, else in DIR)
`;

/** Nobody signs, sends or earns anything here, though the server's configuration has to name them. */
const NOBODY = "0x000000000000000000000000000000000000dEaD";
const NO_KEY = `0x${"0".repeat(63)}1` as const;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    data: { type: "string", default: "data" },
    database: { type: "string" },
    rpc: { type: "string" },
    addresses: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  try {
    const result = await run();
    process.stdout.write(values.json ? `${JSON.stringify(toJson(result), null, 2)}\n` : toText(result));
    process.exitCode = result.differences.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

async function run(): Promise<Reconciliation> {
  const { data, database, rpc, addresses } = values;
  const config = readConfig({
    ...serverEnvironment({
      chainUrl: "http://127.0.0.1:8545",
      addressBook: join(data, "addresses.json"),
      databaseUrl: `sqlite:${join(data, "tributary.sqlite")}`,
      ...{
        port: 0,
        jwtSecret: NOBODY,
        operatorKey: NO_KEY,
        staff: NOBODY,
        platformPayee: NOBODY,
        carrierPayee: NOBODY,
      },
    }),
    ...process.env,
    ...(database ? { DATABASE_URL: database } : {}),
    ...(rpc ? { RPC_URLS: rpc } : {}),
    ...(addresses ? { ADDRESS_BOOK: addresses } : {}),
  });
  const file = config.databaseUrl.startsWith("sqlite:") ? config.databaseUrl.slice("sqlite:".length) : undefined;
  if (file && !existsSync(file)) throw new Error(`there is no database ${file}`);
  const db = await openDatabase({ url: config.databaseUrl, entities, migrations });
  try {
    return await reconcile({ db, config });
  } finally {
    await db.close();
  }
}

/** Amounts as strings of base units. */
function toJson({ chainId, height, differences, totals }: Reconciliation) {
  return {
    ok: differences.length === 0,
    ...{ chain_id: chainId, height, differences },
    totals: Object.fromEntries(
      [...totals].map(([token, sums]) => [
        token,
        Object.fromEntries(Object.entries(sums).map(([name, amount]) => [name, String(amount)])),
      ]),
    ),
  };
}

function toText({ chainId, height, differences, totals }: Reconciliation): string {
  const sums = [...totals].flatMap(([token, amounts]) => [
    `token ${token}`,
    ...Object.entries(amounts).map(([name, amount]) => `  ${name.padEnd(20)}${String(amount).padStart(28)}`),
  ]);
  const found = differences.map(
    ({ what, where, expected, actual }) => `${what}: ${where}\n  chain: ${expected}\n  house: ${actual}`,
  );
  const verdict = differences.length === 0 ? "No difference." : `${differences.length} differences.`;
  return `${[`chain ${chainId}, block ${height}, base units`, ...sums, ...found, verdict].join("\n")}\n`;
}
