import { randomUUID } from "node:crypto";
import type { Address } from "viem";
import type { AddressView } from "../../server/api/addresses/schema.ts";
import { haveAgent } from "../client/partners.ts";
import type { JsonOf, Session } from "../client/session.ts";
import { createGood, haveChannel, haveSeller, type Seller } from "../client/shop.ts";
import { STAFF } from "../start/stack.ts";
import { inParallel } from "../support/parallel.ts";
import { agree, type Pair } from "./agree.ts";
import { giveGas, mintAll } from "./funds.ts";
import { lastingSession, walletOf } from "./people.ts";
import type { GoodPlan, Plan } from "./plan.ts";
import { progressOf } from "./progress.ts";
import type { OrderRow } from "./read.ts";
import { baseUnits, RATES } from "./shares.ts";
import {
  AGENT_PLANS,
  AGENT_WALLETS,
  CARRIER,
  CHANNEL_PLANS,
  CURRENCY,
  PLATFORM,
  type Shop,
  type Shopper,
  type World,
} from "./world.ts";

/** Requests at the same time. */
const WIDTH = 16;
/** Agreements on their way at the same time; each waits for the chain. */
const AGREEMENTS_WIDTH = 80;

/** Makes everybody the orders need: shoppers with money, merchants with their goods, channels that sell them. */
export async function onboard(world: World): Promise<Shop> {
  const { plan, send } = world;
  await fund(world);
  const staff = await lastingSession(send, STAFF);
  const channelIds: string[] = [];
  for (const { code, name, payee } of CHANNEL_PLANS) {
    const commissionPpm = Number(RATES.channel);
    channelIds.push(await haveChannel(staff, { code, name, currency: CURRENCY, payee, commissionPpm }));
  }
  for (const [at, { code, name, payee }] of AGENT_PLANS.entries()) {
    const agent = await lastingSession(send, AGENT_WALLETS[at] ?? PLATFORM);
    await haveAgent(agent, staff, { code, name, payee, commissionPpm: Number(RATES.agent) });
  }
  const needs = needsOf(plan);
  const sellers = await bringIn(world, "merchants", needs.sellers, (id) => bringSeller(world, id));
  const agreeOn = (_: string, pair: Pair) => agree(world, pair, found(sellers, pair.sellerId));
  await bringIn(world, "agreements", needs.pairs, agreeOn, AGREEMENTS_WIDTH);
  const goods = await bringIn(world, "goods", needs.goods, (key, need) => listGood(need, key, sellers, channelIds));
  const shoppers = await bringIn(world, "shoppers", needs.shoppers, (id, row) => bringShopper(world, id, row));
  return { channelIds, sellers, goods, shoppers };
}

/** A good with the pieces that will be sold, and the channels they will be sold on. */
interface GoodNeed {
  readonly good: GoodPlan;
  pieces: number;
  readonly channels: Set<number>;
}

function needsOf({ played }: Plan) {
  const goods = new Map<string, GoodNeed>();
  const sellers = new Map<string, true>();
  const pairs = new Map<string, Pair>();
  const shoppers = new Map<string, OrderRow>();
  for (const { row, parts, channel } of played) {
    shoppers.set(row.customerId, row);
    for (const { sellerId, lines } of parts) {
      sellers.set(sellerId, true);
      pairs.set(`${sellerId} ${channel}`, { sellerId, channel });
      for (const { good, count } of lines) {
        const need = goods.get(good.key) ?? { good, pieces: 0, channels: new Set<number>() };
        goods.set(good.key, need);
        need.pieces += count;
        need.channels.add(channel);
      }
    }
  }
  return { goods, sellers, pairs, shoppers };
}

/** Makes one thing for each entry, and says how far it is. */
async function bringIn<Need, Made>(
  { say }: World,
  what: string,
  needs: ReadonlyMap<string, Need>,
  make: (id: string, need: Need) => Promise<Made>,
  width = WIDTH,
): Promise<Map<string, Made>> {
  const progress = progressOf(say, what, needs.size);
  const made = await inParallel([...needs], width, async ([id, need]): Promise<[string, Made]> => {
    const one = await make(id, need);
    progress.step();
    return [id, one];
  });
  progress.end();
  return new Map(made);
}

/** Every shopper has what their orders will cost, and whoever sends transactions ETH for gas. */
async function fund({ chain, plan, token, say }: World): Promise<void> {
  const pockets = new Map<Address, bigint>();
  const intermediaries = [...CHANNEL_PLANS, ...AGENT_PLANS].map(({ payee }) => payee);
  const senders = new Set<Address>([CARRIER.address, PLATFORM.address, ...intermediaries]);
  for (const { row, paid, method, parts } of plan.played) {
    const { address } = walletOf("shopper", row.customerId);
    pockets.set(address, (pockets.get(address) ?? 0n) + baseUnits(paid));
    if (method === "escrow_allowance") senders.add(address);
    for (const { sellerId } of parts) senders.add(walletOf("seller", sellerId).address);
  }
  await mintAll(chain, token.address, [...pockets]);
  await giveGas(chain, [...senders]);
  say.done(`TUSD for ${pockets.size} shoppers, ETH for ${senders.size} wallets that send transactions`);
}

async function bringSeller({ send }: World, id: string): Promise<Seller> {
  return haveSeller(await lastingSession(send, walletOf("seller", id)), `Seller ${id.slice(0, 8)}`);
}

async function listGood(
  { good, pieces, channels }: GoodNeed,
  key: string,
  sellers: ReadonlyMap<string, Seller>,
  channelIds: readonly string[],
): Promise<string> {
  const { price, freight, productId } = good;
  const plan = { name: `Product ${productId.slice(0, 8)}`, description: "", price, freight, stock: pieces };
  const on = [...channels].map((at) => channelIds[at] ?? "");
  return createGood(found(sellers, good.sellerId), on, plan, `good:${key}`);
}

function found(sellers: ReadonlyMap<string, Seller>, id: string): Seller {
  const seller = sellers.get(id);
  if (!seller) throw new Error(`nobody here is seller ${id}`);
  return seller;
}

async function bringShopper({ send }: World, id: string, row: OrderRow): Promise<Shopper> {
  const session = await lastingSession(send, walletOf("shopper", id));
  return { session, addressId: await addressOf(session, row) };
}

async function addressOf(session: Session, { zip, city, state }: OrderRow): Promise<string> {
  const body = {
    ...{ recipient: "Somebody", phone: "+55 11 5550123", country: "BR", region: state, city },
    ...{ street: "Rua Um, 1", postal_code: zip },
  };
  return (await session.send<JsonOf<typeof AddressView>>("POST", "/addresses", body, randomUUID())).id;
}
