import type { CartLineView, CartView } from "../../modules/carts/index.ts";

export const presentCart = ({ lines, channels, totals }: CartView) => ({
  lines: lines.map(presentLine),
  channels: channels.map(({ channel, total }) => ({
    channel_id: channel.id,
    channel: channel.code,
    currency: channel.currency,
    total: `${total}`,
  })),
  total: totals.map(({ currency, total }) => ({ currency, amount: `${total}` })),
});

const presentLine = (line: CartLineView) => ({
  good_id: line.goodId,
  merchant_id: line.merchantId,
  name: line.name,
  channel_id: line.channelId,
  channel: line.channel.code,
  currency: line.channel.currency,
  count: line.count,
  price: `${line.price}`,
  seen_price: `${line.seenPrice}`,
  price_changed: line.priceChanged,
  available: line.available,
  status: line.status,
  total: `${line.total}`,
});
