import type { Address } from "viem";
import type { ChannelList, StaffChannelView } from "../../server/api/channels/schema.ts";
import type { CreatedGood, GoodsList, OfferedGood } from "../../server/api/goods/schema.ts";
import type { MerchantList, MerchantView } from "../../server/api/merchants/schema.ts";
import type { JsonOf, Session } from "./session.ts";

/** A merchant's wallet, signed in, and the merchant it owns. */
export interface Seller {
  readonly session: Session;
  readonly merchantId: string;
}

/** A good to be sold. `price` in minor units of the channel's currency. */
export interface GoodPlan {
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly stock: number;
}

/** A channel as the staff opens it. */
export interface ChannelPlan {
  readonly code: string;
  readonly name: string;
  readonly currency: string;
  readonly payee: Address;
  readonly commissionPpm: number;
}

/** Opens a web channel, unless one of its code is there. @returns its id */
export async function haveChannel(staff: Session, plan: ChannelPlan): Promise<string> {
  const { data } = await staff.send<JsonOf<typeof ChannelList>>("GET", "/channels?per_page=100");
  const known = data.find(({ code }) => code === plan.code);
  if (known) return known.id;
  const { commissionPpm, ...rest } = plan;
  const body = { ...rest, type: "web", commission_ppm: commissionPpm };
  return (await staff.send<JsonOf<typeof StaffChannelView>>("POST", "/channels", body)).id;
}

/** Makes a merchant whose owner is its payee, unless the owner has one of this name. */
export async function haveSeller(session: Session, name: string): Promise<Seller> {
  const { data } = await session.send<JsonOf<typeof MerchantList>>("GET", "/merchants?per_page=100");
  const known = data.find((merchant) => merchant.name === name);
  if (known) return { session, merchantId: known.id };
  const body = { name, payee: session.account.address };
  const { id } = await session.send<JsonOf<typeof MerchantView>>("POST", "/merchants", body);
  return { session, merchantId: id };
}

/** Lists a good with its price and stock, unless the merchant sells one of this name there. @returns its id */
export async function haveGood(
  { session, merchantId }: Seller,
  channel: { id: string; code: string },
  plan: GoodPlan,
): Promise<string> {
  const known = (await goodsOn(session, channel.code)).find(
    (good) => good.merchant_id === merchantId && good.name === plan.name,
  );
  if (known) return known.id;
  const { name, description, price, stock } = plan;
  const body = { merchant_id: merchantId, name, description };
  // the key finds a good again that was made, but not listed, before the seeding was cut short
  const key = `good:${merchantId}:${encodeURIComponent(name)}`;
  const { id } = await session.send<JsonOf<typeof CreatedGood>>("POST", "/goods", body, key);
  await session.send("PUT", `/goods/${id}/stock`, { on_hand: stock });
  await session.send("PUT", `/goods/${id}/listings/${channel.id}`, { price: String(price), open: true });
  return id;
}

/** Everything a channel sells, to the first hundred. */
const goodsOn = async (session: Session, code: string): Promise<JsonOf<typeof OfferedGood>[]> =>
  (await session.send<JsonOf<typeof GoodsList>>("GET", `/goods?channel=${code}&per_page=100`)).data;
