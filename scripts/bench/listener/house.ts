import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../../server/config.ts";
import { systemClock } from "../../../server/core/clock.ts";
import { openDatabase } from "../../../server/core/db/database.ts";
import type { House } from "../../../server/core/house.ts";
import { createLog } from "../../../server/core/log.ts";
import { entities, migrations } from "../../../server/schema.ts";
import { LOCAL_CHAIN_ID } from "../../localChain/chainId.ts";
import { serverEnvironment } from "../../start/environment.ts";
import { ESCROW, TOKEN } from "./place.ts";
import type { Task } from "./task.ts";

const SOMEBODY = `0x${"00".repeat(18)}be01` as const;

/** A house on the prepared chain, as `npm run serve` would open it. */
export async function openHouse({ url, chain, databaseUrl, folder }: Task): Promise<House> {
  const addressBook = join(folder, "addresses.json");
  const token = { address: TOKEN, symbol: "TUSD", decimals: 6, currency: "USD", rate_num: "10000", rate_den: "1" };
  const book = { chainId: LOCAL_CHAIN_ID, genesisHash: chain.genesisHash, escrow: ESCROW, startBlock: 1 };
  writeFileSync(addressBook, JSON.stringify({ ...book, tokens: [token] }));
  const config = readConfig({
    ...serverEnvironment({
      ...{ chainUrl: url, addressBook, databaseUrl, port: 0, jwtSecret: "x".repeat(32) },
      ...{ operatorKey: `0x${"a1".repeat(32)}`, staff: SOMEBODY, platformPayee: SOMEBODY, carrierPayee: SOMEBODY },
    }),
  });
  const db = await openDatabase({ url: databaseUrl, entities, migrations });
  return { db, config, clock: systemClock, log: createLog("warn", process.stderr) };
}
