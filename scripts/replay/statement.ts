import type { Address } from "viem";
import { type ChainEvent, creditOnChain } from "../audit/onChain.ts";
import { inParallel } from "../support/parallel.ts";
import type { PlacedPart } from "./play.ts";
import { KINDS, type Kind, sharesOf } from "./shares.ts";
import { kindsOf, type World } from "./world.ts";

/** Questions to the node at the same time. */
const WIDTH = 20;

/** What all parties of one kind earned, in base units. */
export interface Statement {
  readonly kind: Kind;
  /** By month of purchase, e.g. `2017-01`, as reckoned from the files. */
  readonly months: ReadonlyMap<string, bigint>;
  readonly total: bigint;
  /** What the contract credited them, withdrawn or not. */
  readonly onChain: bigint;
}

/** Reckons from the files what each kind of party earned by month, and asks the chain what it credited them. */
export async function statements(
  world: World,
  placed: readonly PlacedPart[],
  events: readonly ChainEvent[],
): Promise<Statement[]> {
  const earned = earnedByMonth(placed);
  const credited = await creditedByKind(world, events);
  return KINDS.map((kind) => {
    const months = earned.get(kind) ?? new Map<string, bigint>();
    const total = [...months.values()].reduce((sum, amount) => sum + amount, 0n);
    return { kind, months, total, onChain: credited.get(kind) ?? 0n };
  });
}

function earnedByMonth(placed: readonly PlacedPart[]): Map<Kind, Map<string, bigint>> {
  const earned = new Map(KINDS.map((kind): [Kind, Map<string, bigint>] => [kind, new Map()]));
  const released = placed.filter(({ order }) => order.end === "released");
  for (const { order, part } of released.sort(byMonth)) {
    const shares = sharesOf(order, part);
    const month = monthOf({ order });
    for (const [kind, months] of earned) months.set(month, (months.get(month) ?? 0n) + shares[kind]);
  }
  return earned;
}

const monthOf = ({ order }: Pick<PlacedPart, "order">): string => order.row.purchasedAt.slice(0, "2017-01".length);
const byMonth = (a: PlacedPart, b: PlacedPart): number => monthOf(a).localeCompare(monthOf(b));

async function creditedByKind(world: World, events: readonly ChainEvent[]): Promise<Map<Kind, bigint>> {
  const { chain, place, token } = world;
  const withdrawn = withdrawnByAccount(events, token.address);
  const credited = new Map<Kind, bigint>();
  await inParallel([...kindsOf(world)], WIDTH, async ([account, kind]) => {
    const left = await creditOnChain(chain, place.escrow, account, token.address);
    credited.set(kind, (credited.get(kind) ?? 0n) + left + (withdrawn.get(account) ?? 0n));
  });
  return credited;
}

function withdrawnByAccount(events: readonly ChainEvent[], token: Address): Map<Address, bigint> {
  const withdrawn = new Map<Address, bigint>();
  for (const event of events) {
    if (event.eventName !== "Withdrawn" || event.args.token !== token) continue;
    const { account, amount } = event.args;
    withdrawn.set(account, (withdrawn.get(account) ?? 0n) + amount);
  }
  return withdrawn;
}
