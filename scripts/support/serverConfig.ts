import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Config, readConfig } from "../../server/config.ts";
import { type Database, openDatabase } from "../../server/core/db/database.ts";
import { entities, migrations } from "../../server/schema.ts";
import { serverEnvironment } from "../start/environment.ts";

/** Options of every command that looks at a house from beside its server, for `parseArgs`. */
export const HOUSE_OPTIONS = {
  json: { type: "boolean", default: false },
  data: { type: "string", default: "data" },
  database: { type: "string" },
  rpc: { type: "string" },
  addresses: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** What `--help` says about them. */
export const HOUSE_HELP = `\
  --json            the result as JSON on stdout
  --data DIR        folder of npm start (default data)
  --database URL    sqlite:FILE or postgres://… (default DATABASE_URL, else in DIR)
  --rpc URL         of the chain (default RPC_URLS, else http://127.0.0.1:8545)
  --addresses FILE  address book (default ADDRESS_BOOK, else in DIR)
`;

/** Where a house is, as these options say it. */
export interface HousePlace {
  readonly data: string;
  readonly database?: string | undefined;
  readonly rpc?: string | undefined;
  readonly addresses?: string | undefined;
}

/** Nobody signs, sends or earns anything here, though the server's configuration has to name them. */
const NOBODY = "0x000000000000000000000000000000000000dEaD";
const NO_KEY = `0x${"0".repeat(63)}1` as const;

/**
 * The configuration of the server at this place: options before the environment, what `npm start` uses after both.
 * Without OPERATOR_KEY the operator in it is nobody's.
 * @throws BadConfiguration naming what is missing or wrong
 */
export function configOf({ data, database, rpc, addresses }: HousePlace): Config {
  return readConfig({
    ...serverEnvironment({
      chainUrl: "http://127.0.0.1:8545",
      addressBook: join(data, "addresses.json"),
      databaseUrl: `sqlite:${join(data, "tributary.sqlite")}`,
      ...{ port: 0, jwtSecret: NOBODY, operatorKey: NO_KEY },
      ...{ staff: NOBODY, platformPayee: NOBODY, carrierPayee: NOBODY },
    }),
    // What looks from beside sends no mail.
    MAIL_URL: "outbox:data/outbox",
    ...process.env,
    ...(database ? { DATABASE_URL: database } : {}),
    ...(rpc ? { RPC_URLS: rpc } : {}),
    ...(addresses ? { ADDRESS_BOOK: addresses } : {}),
  });
}

/** Opens the database of a house that exists, and closes it after `work`. */
export async function withDatabase<T>({ databaseUrl: url }: Config, work: (db: Database) => Promise<T>): Promise<T> {
  const file = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : undefined;
  if (file && !existsSync(file)) throw new Error(`there is no database ${file}`);
  const db = await openDatabase({ url, entities, migrations });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** What a command found, for a program and for a person. */
export interface Finding {
  readonly json: unknown;
  readonly text: string;
  /** Whether nothing needs a person. */
  readonly ok: boolean;
  /** Set where a part of it could not be found out. */
  readonly incomplete?: boolean;
}

/** Runs a command to its exit code: 0 where all is well, 1 where something needs a person, 2 where it could not tell. */
export async function runCommand(
  help: string,
  asked: { readonly help: boolean; readonly json: boolean },
  run: () => Promise<Finding>,
): Promise<void> {
  if (asked.help) {
    process.stdout.write(help);
    return;
  }
  try {
    const { json, text, ok, incomplete } = await run();
    process.stdout.write(asked.json ? `${JSON.stringify(json, null, 2)}\n` : text);
    process.exitCode = incomplete ? 2 : ok ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
