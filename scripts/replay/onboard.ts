import { randomUUID } from "node:crypto";
import type { Address } from "viem";
import type { AddressView } from "../../server/api/addresses/schema.ts";
import { importGoods } from "../client/goodsFile.ts";
import type { Send } from "../client/http.ts";
import { haveAgent } from "../client/partners.ts";
import type { JsonOf, Session } from "../client/session.ts";
import { haveChannel, haveSeller, type Seller } from "../client/shop.ts";
import { STAFF } from "../start/stack.ts";
import { inParallel } from "../support/parallel.ts";
import { agree } from "./agree.ts";
import { giveGas, mintAll } from "./funds.ts";
import { type GoodNeed, needsOf, type Pair } from "./needs.ts";
import { lastingSession, walletOf } from "./people.ts";
import type { GoodPlan } from "./plan.ts";
import { progressOf } from "./progress.ts";
import type { OrderRow } from "./read.ts";
import { baseUnits, RATES } from "./shares.ts";
import {
  AGENT_PLANS,
  AGENT_WALLETS,
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
  await openChannels(await lastingSession(send, STAFF), send);
  const needs = needsOf(plan);
  const sellers = await bringIn(world, "merchants", needs.goods, (id) => bringSeller(world, id));
  const agreeOn = (_: string, pair: Pair) => agree(world, pair, found(sellers, pair.sellerId));
  await bringIn(world, "agreements", needs.pairs, agreeOn, AGREEMENTS_WIDTH);
  const listed = await bringIn(world, "merchants' goods", needs.goods, (id, own) => listGoods(found(sellers, id), own));
  const shoppers = await bringIn(world, "shoppers", needs.shoppers, (id, row) => bringShopper(world, id, row));
  return { sellers, goods: new Map([...listed.values()].flatMap((own) => [...own])), shoppers };
}

async function openChannels(staff: Session, send: Send): Promise<void> {
  for (const { code, name, payee } of CHANNEL_PLANS) {
    const commissionPpm = Number(RATES.channel);
    await haveChannel(staff, { code, name, currency: CURRENCY, payee, commissionPpm });
  }
  for (const [at, { code, name, payee }] of AGENT_PLANS.entries()) {
    const agent = await lastingSession(send, AGENT_WALLETS[at] ?? PLATFORM);
    await haveAgent(agent, staff, { code, name, payee, commissionPpm: Number(RATES.agent) });
  }
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

/** Every shopper has what their orders will cost; those who pay by transactions have ETH, and nobody else. */
async function fund({ chain, plan, token, say }: World): Promise<void> {
  const pockets = new Map<Address, bigint>();
  const senders = new Set<Address>();
  for (const { row, paid, method } of plan.played) {
    const { address } = walletOf("shopper", row.customerId);
    pockets.set(address, (pockets.get(address) ?? 0n) + baseUnits(paid));
    if (method === "escrow_allowance") senders.add(address);
  }
  await mintAll(chain, token.address, [...pockets]);
  await giveGas(chain, [...senders]);
  say.done(`TUSD for ${pockets.size} shoppers, ETH for the ${senders.size} of them who pay by transactions`);
}

async function bringSeller({ send }: World, id: string): Promise<Seller> {
  return haveSeller(await lastingSession(send, walletOf("seller", id)), `Seller ${id.slice(0, 8)}`);
}

/** @returns the ids of a merchant's goods by their keys */
async function listGoods(seller: Seller, needs: ReadonlyMap<string, GoodNeed>): Promise<Map<string, string>> {
  const skuOf = ({ productId, price, freight }: GoodPlan) => `${productId}-${price}-${freight}`;
  const rows = [...needs.values()].flatMap(({ good, pieces, channels }) =>
    [...channels].map((at) => ({
      ...{ sku: skuOf(good), name: `Product ${good.productId.slice(0, 8)}`, channel: CHANNEL_PLANS[at]?.code ?? "" },
      ...{ price: good.price, freight: good.freight, stock: pieces },
    })),
  );
  const ids = await importGoods(seller, rows);
  return new Map([...needs].map(([key, { good }]) => [key, ids.get(skuOf(good)) ?? ""]));
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
