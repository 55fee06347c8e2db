import type { PlannedOrder, PlannedPart } from "./plan.ts";

/** The parties of a sale, as the report names them. */
export const KINDS = ["merchant", "channel", "agent", "carrier", "platform"] as const;
export type Kind = (typeof KINDS)[number];

/** Parts per million of what is left after the freight. */
export const RATES = { channel: 80_000n, agent: 20_000n, platform: 30_000n } as const;
const PPM = 1_000_000n;
/** Base units of TestUSD in a cent: 1 BRL is 1 TUSD of six decimals. */
const BASE_UNITS = 10_000n;

export const baseUnits = (minor: number): bigint => BigInt(minor) * BASE_UNITS;

/**
 * What everybody earns on a part of an order once all of it is released, in base units: the carrier the freight, of the
 * rest channel 8 %, platform 3 %, the agent who is named 2 %, and the merchant what the others leave. Reckoned from the
 * CSV files alone, without the server's or the contract's code, so that both can be held against it. A cent has 10,000
 * base units, so that no part of a whole number of cents has a fraction: there is nothing to be rounded.
 */
export function sharesOf({ agent }: Pick<PlannedOrder, "agent">, { paid, freight }: PlannedPart): Record<Kind, bigint> {
  const carrier = baseUnits(freight);
  const rest = baseUnits(paid) - carrier;
  const part = (ppm: bigint): bigint => (rest * ppm) / PPM;
  const channel = part(RATES.channel);
  const platform = part(RATES.platform);
  const named = agent ? part(RATES.agent) : 0n;
  return { merchant: rest - channel - platform - named, channel, agent: named, carrier, platform };
}
