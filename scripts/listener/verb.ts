import type { Finding } from "../support/serverConfig.ts";
import type { ChainPlace } from "./house.ts";

/** What was said behind a verb. */
export interface Said extends ChainPlace {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly yes: boolean;
}

/** One thing the command can do. */
export interface Verb {
  /** Its options and an example. */
  readonly help: string;
  /** Names of the options it takes besides those of the house. */
  readonly takes: readonly (keyof Said)[];
  run(said: Said): Promise<Finding>;
}
