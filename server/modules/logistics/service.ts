import type { Config } from "../../config.ts";
import { logisticsProblems } from "./problems.ts";

/** A way to send a parcel: its freight per order in minor units of the channel's currency, and the carrier's payee. */
export type ExpressType = Config["expressTypes"][number];

/**
 * The express type of this code.
 * @throws unknown_express_type
 */
export function expressType({ expressTypes }: Pick<Config, "expressTypes">, code: string): ExpressType {
  const found = expressTypes.find((type) => type.code === code);
  if (found === undefined)
    throw logisticsProblems.unknown_express_type(`Choose one of: ${expressTypes.map((type) => type.code).join(", ")}.`);
  return found;
}
