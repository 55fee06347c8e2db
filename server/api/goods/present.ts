import { presentMoment } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import type { ImportedRow } from "../../flows/importGoods.ts";
import type { Good, Listing } from "../../modules/catalog/index.ts";
import type { Channel } from "../../modules/channels/index.ts";
import type { Stock } from "../../modules/inventory/index.ts";
import type { GoodOnChannel, GoodOnChannels } from "./verbs.ts";

export const presentCreatedGood = ({ id, merchantId, name, description, sku, cost, createdAt }: Good) => ({
  id,
  merchant_id: merchantId,
  name,
  description,
  sku,
  cost: cost === null ? null : `${cost}`,
  created_at: presentMoment(createdAt),
});

export const presentOffered = ({ offer, channel, stock }: GoodOnChannel) => ({
  id: offer.goodId,
  merchant_id: offer.merchantId,
  name: offer.name,
  description: offer.description,
  ...presentPrice(channel, offer.price),
  stock,
});

export const presentGood = ({ listings, ...good }: GoodOnChannels) => ({
  ...presentOffered(good),
  listings: listings.map(({ offer, channel }) => ({
    channel_id: channel.id,
    ...presentPrice(channel, offer.price),
    freight: `${offer.freight}`,
  })),
});

export const presentListing = ({ goodId, channelId, price, freight, open }: Listing, channel: Channel) => ({
  good_id: goodId,
  channel_id: channelId,
  ...presentPrice(channel, price),
  freight: `${freight}`,
  open,
});

export const presentStock = (goodId: Id, { onHand, reserved, available }: Stock) => ({
  good_id: goodId,
  on_hand: onHand,
  reserved,
  available,
});

export function presentImport(rows: readonly ImportedRow[]) {
  const counted = (status: ImportedRow["status"]) => rows.filter((row) => row.status === status).length;
  return {
    rows: rows.length,
    created: counted("created"),
    updated: counted("updated"),
    unchanged: counted("unchanged"),
    failed: counted("failed"),
    data: rows.map(({ goodId, ...row }) => ({ ...row, good_id: goodId })),
  };
}

const presentPrice = ({ code, currency }: Channel, price: number) => ({ channel: code, price: `${price}`, currency });
