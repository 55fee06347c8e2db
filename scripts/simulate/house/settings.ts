import { join } from "node:path";
import { type Config, readConfig } from "../../../server/config.ts";
import { keyOf } from "../../client/accounts.ts";
import { serverEnvironment } from "../../start/environment.ts";
import { OPERATOR, PLATFORM } from "../cast.ts";
import type { Draw } from "../draw.ts";

/** Blocks after which a reorganisation is no longer expected. */
export const FINAL_AFTER = 7;

/** What a simulation's servers are told. */
export interface Settings {
  readonly env: Readonly<Record<string, string>>;
  readonly config: Config;
}

/** Where things are for one simulation. */
export interface Surroundings {
  readonly folder: string;
  readonly addressBook: string;
  readonly databaseUrl: string;
  readonly nodes: readonly string[];
}

/** The environment of a server that follows the simulated chain, quick in everything that it waits for. */
export function settingsFor({ folder, addressBook, databaseUrl, nodes }: Surroundings, draw: Draw): Settings {
  const env = {
    ...serverEnvironment({
      ...{ chainUrl: nodes.join(","), addressBook, databaseUrl, port: 0 },
      ...{ jwtSecret: "x".repeat(32), operatorKey: keyOf(OPERATOR), staff: PLATFORM.address },
      ...{ platformPayee: PLATFORM.address, carrierPayee: PLATFORM.address },
    }),
    ...{ ROLE: "worker", LOG_LEVEL: "warn", MAIL_URL: `outbox:${join(folder, "outbox")}` },
    ...{ MEDIA_DIR: join(folder, "media"), POLL_MS: "20", LEASE_MS: "500", RPC_TIMEOUT_MS: "300" },
    ...{ REPLACE_AFTER_MS: "200", MAX_FEE_GWEI: "500" },
    ...{ FINALITY: `depth:${FINAL_AFTER}`, CONFIRMATIONS: String(draw.whole(1, 3)) },
    BLOCK_RANGE: String(draw.of([1, 3, 10, 2_000])),
  };
  return { env, config: readConfig(env) };
}
