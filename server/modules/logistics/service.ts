import type { Config } from "../../config.ts";
import type { Currency } from "../../core/money.ts";
import { logisticsProblems } from "./problems.ts";

/** A way to send a parcel: its freight per order in minor units of its currency, and the carrier's payee. */
export type ExpressType = Config["expressTypes"][number];

/**
 * The express type of this code for a channel of this currency.
 * @throws unknown_express_type
 */
export function expressType(
  { expressTypes }: Pick<Config, "expressTypes">,
  code: string,
  currency: Currency,
): ExpressType {
  const offered = expressTypes.filter((type) => type.currency === currency);
  const found = offered.find((type) => type.code === code);
  if (found === undefined)
    throw logisticsProblems.unknown_express_type(
      offered.length === 0
        ? `Nothing is sent for ${currency} yet.`
        : `Choose one of: ${offered.map((type) => type.code).join(", ")}.`,
    );
  return found;
}
