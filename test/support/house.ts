import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pino } from "pino";
import { type Config, readConfig } from "../../server/config.ts";
import { type Clock, systemClock } from "../../server/core/clock.ts";
import type { Database } from "../../server/core/db/database.ts";
import type { House } from "../../server/core/house.ts";
import type { Log } from "../../server/core/log.ts";
import { wallet } from "./wallets.ts";

/** The local chain's book as a deployment writes it, with nothing behind it. */
const ADDRESS_BOOK = {
  chainId: 31_337,
  genesisHash: `0x${"11".repeat(32)}`,
  escrow: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  startBlock: 0,
  tokens: [
    {
      address: "0x0000000000000000000000000000000000000000",
      symbol: "ETH",
      decimals: 18,
      currency: "USD",
      rate_num: "4000000000000",
      rate_den: "1",
    },
  ],
};

/** What may differ from the usual house of a test. */
export type TestHouseOptions = {
  clock?: Clock;
  log?: Log;
  /** Variables of the environment. */
  env?: Readonly<Record<string, string>>;
  /** Parts of the configuration that replace what the environment says. */
  config?: Partial<Config>;
};

/** A house around a test's database: real configuration, silent log, generous limits. */
export function testHouse(db: Database, options: TestHouseOptions = {}): House {
  return {
    db,
    config: { ...testConfig(options.env), ...options.config },
    clock: options.clock ?? systemClock,
    log: options.log ?? pino({ level: "silent" }),
  };
}

function testConfig(env: Readonly<Record<string, string>> = {}): Config {
  const book = join(mkdtempSync(join(tmpdir(), "tributary-book-")), "address-book.json");
  writeFileSync(book, JSON.stringify(ADDRESS_BOOK));
  return readConfig({
    JWT_SECRET: "a secret of the tests, long enough",
    RPC_URLS: "http://127.0.0.1:1",
    ADDRESS_BOOK: book,
    OPERATOR_KEY: `0x${"a1".repeat(32)}`,
    PLATFORM_PAYEE: wallet(19).address,
    STAFF_WALLETS: wallet(18).address,
    MEDIA_DIR: join(dirname(book), "media"),
    EXPRESS_TYPES: JSON.stringify([
      { code: "standard", name: "Standard", currency: "USD", freight_minor: 500, carrier: wallet(17).address },
    ]),
    RATE_LIMITS: JSON.stringify({ auth: 100_000, reads: 100_000, writes: 100_000 }),
    ...env,
  });
}
