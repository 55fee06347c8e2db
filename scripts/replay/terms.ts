import type { Address } from "viem";
import { earned } from "../../server/protocol/split.ts";
import { FIXED, LEG_KIND, type Terms } from "../../server/protocol/terms.ts";
import { compare, type Difference } from "../audit/difference.ts";
import type { Bought } from "../client/orders.ts";
import { walletOf } from "./people.ts";
import type { PlannedOrder, PlannedPart } from "./plan.ts";
import { baseUnits, KINDS, type Kind, sharesOf } from "./shares.ts";
import { AGENT_PLANS, CARRIER, CHANNEL_PLANS, PLATFORM } from "./world.ts";

/** A part of an order as the files have it, and what the server made of it. */
interface Agreed {
  readonly order: Pick<PlannedOrder, "agent" | "channel">;
  readonly part: PlannedPart;
  readonly bought: Pick<Bought, "orderSn" | "terms">;
}

/** What the files say everybody should earn of an order, against what its terms give them. */
export function termsDifferences({ order, part, bought }: Agreed): Difference[] {
  const expected: Record<string, bigint> = { paid: baseUnits(part.paid) };
  const shares = sharesOf(order, part);
  const accounts = accountsOf(order, part.sellerId);
  for (const kind of KINDS) if (shares[kind] > 0n) expected[`${kind} ${accounts[kind]}`] = shares[kind];
  const actual = { paid: bought.terms.amount, ...earnedByLeg(bought.terms) };
  const unknown = Object.fromEntries(Object.keys(actual).map((name) => [name, expected[name] ?? 0n]));
  return compare("terms", `order ${bought.orderSn}`, { ...unknown, ...expected }, actual);
}

const NAMES = new Map<number, Kind>(Object.entries(LEG_KIND).map(([kind, code]) => [code, kind as Kind]));

function earnedByLeg({ amount, legs }: Terms): Record<string, bigint> {
  const shares = earned(amount, legs);
  return Object.fromEntries(
    legs.map(({ account, kind }, at) => [`${NAMES.get(kind & ~FIXED)} ${account}`, shares[at] ?? 0n]),
  );
}

/** Who has the share of each kind in an order. */
const accountsOf = (
  { channel }: Pick<PlannedOrder, "channel">,
  sellerId: string,
): Record<Kind, Address | undefined> => ({
  merchant: walletOf("seller", sellerId).address,
  channel: CHANNEL_PLANS[channel]?.payee,
  agent: AGENT_PLANS[channel]?.payee,
  carrier: CARRIER.address,
  platform: PLATFORM.address,
});
