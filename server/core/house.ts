import type { Config } from "../config.ts";
import type { Clock } from "./clock.ts";
import type { Database } from "./db/database.ts";
import type { Log } from "./log.ts";

/** What every flow, door and listener is handed: the parts that live as long as the process does. */
export interface House {
  readonly db: Database;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}
