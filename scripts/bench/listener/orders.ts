import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { system } from "../../../server/core/db/context.ts";
import { insertRows } from "../../../server/core/db/insertRows.ts";
import type { House } from "../../../server/core/house.ts";
import { type Id, newId, newOrderSn } from "../../../server/core/ids.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import { setOnHand } from "../../../server/modules/inventory/index.ts";
import { createMerchant } from "../../../server/modules/merchants/index.ts";
import type { TermsJson } from "../../../server/protocol/terms.ts";
import type { Prepared } from "./prepare.ts";

const ACTOR = system("bench");
/** Orders of one transaction. */
const PART = 1_000;
const PRICE = 2_500;
const GOODS = 50;

interface Placed {
  readonly terms: TermsJson;
  readonly terms_hash: string;
}
interface Shop {
  readonly merchants: ReadonlyMap<string, Id>;
  readonly goods: readonly Id[];
  readonly channelId: Id;
}

/** Puts the chain's orders into the house as checkout leaves them: placed, their stock reserved, nothing paid. */
export async function placeOrders(house: House, chain: Prepared): Promise<void> {
  const shop: Shop = { merchants: new Map(), goods: await stock(house, chain.orders), channelId: newId() };
  let part: Placed[] = [];
  for await (const line of createInterface({ input: createReadStream(join(chain.folder, "orders.jsonl")) })) {
    part.push(JSON.parse(line));
    if (part.length === PART) await place(house, await withMerchants(house, shop, part), part);
    if (part.length === PART) part = [];
  }
  await place(house, await withMerchants(house, shop, part), part);
}

async function stock({ db }: House, orders: number): Promise<Id[]> {
  const goods = Array.from({ length: GOODS }, newId);
  await db.write(ACTOR, async (ctx) => {
    for (const good of goods) await setOnHand(ctx, good, orders);
    await ctx.db.query(`UPDATE stock_level SET reserved = ${Math.ceil(orders / GOODS)}`);
  });
  return goods;
}

/** The shop with the merchants that these orders pay. */
async function withMerchants({ db, config }: House, shop: Shop, orders: readonly Placed[]): Promise<Shop> {
  const merchants = shop.merchants as Map<string, Id>;
  for (const { terms } of orders) {
    const payee = terms.legs[0]?.account;
    if (payee === undefined || merchants.has(payee)) continue;
    const merchant = await db.write(ACTOR, async (ctx) => {
      const owner = await userOfWallet(ctx, payee, []);
      return createMerchant(ctx, [config.chain], { ownerId: owner.id, name: "Mugs", payee });
    });
    merchants.set(payee, merchant.id);
  }
  return shop;
}

async function place({ db, config, clock }: House, shop: Shop, orders: readonly Placed[]): Promise<void> {
  const now = clock.now();
  const made = orders.map((order, at) => ({
    ...order,
    id: newId(),
    paymentId: newId(),
    good: shop.goods[at % GOODS] ?? "",
  }));
  const zeros = { held: "0", captured: "0", disputed: "0", released: "0", returned: "0", refunded_released: "0" };
  const address = JSON.stringify({
    ...{ recipient: "A", phone: "1", country: "DE", region: "B", city: "Berlin", street: "1", postal_code: "1" },
  });
  await db.write(ACTOR, async (ctx) => {
    await insertRows(
      ctx.db,
      "shop_order",
      made.map(({ id, paymentId, terms }) => ({
        ...{ id, order_sn: newOrderSn(now), user_id: newId(), payment_id: paymentId, channel_id: shop.channelId },
        ...{ merchant_id: shop.merchants.get(terms.legs[0]?.account ?? "") ?? "", currency: "USD", goods_total: PRICE },
        ...{ freight: 0, total: PRICE, express_type: "standard", address, state: "placed", fulfilment: "unfulfilled" },
        ...{ cancel_asked_at: null, created_at: now, updated_at: now, agent_id: null, breakdown: null },
      })),
    );
    await insertRows(
      ctx.db,
      "order_line",
      made.map(({ id, good }) => ({
        ...{ order_id: id, good_id: good, name: "Mug", count: 1, price: PRICE, total: PRICE, freight: 0 },
      })),
    );
    await insertRows(
      ctx.db,
      "reservation",
      made.map(({ id, good }) => ({ order_id: id, good_id: good, count: 1, state: "reserved", until: now })),
    );
    await insertRows(
      ctx.db,
      "payment",
      made.map(({ paymentId, terms }) => ({
        ...{ id: paymentId, user_id: newId(), chain_id: config.chain.id, payer: terms.payer, method: "escrow_erc3009" },
        ...{
          currency: "USD",
          total: PRICE,
          token: terms.token,
          amount: terms.amount,
          rate_num: "10000",
          rate_den: "1",
        },
        ...{ rate_source: "bench", rate_valid_until: now, authorize_by_s: terms.authorize_by, created_at: now },
      })),
    );
    await insertRows(
      ctx.db,
      "escrow_order",
      made.map(({ id, paymentId, terms, terms_hash }) => ({
        ...{ order_id: id, payment_id: paymentId, chain_id: config.chain.id, escrow: config.chain.escrow, terms_hash },
        ...{ terms: JSON.stringify(terms), payer: terms.payer, token: terms.token, amount: terms.amount, ...zeros },
        ...{ authorize_by_s: terms.authorize_by, capture_by_s: terms.capture_by, state: "pending", confidence: null },
        ...{ release_at_s: 0, broken: null, version: 0, updated_at: now },
      })),
    );
  });
}
