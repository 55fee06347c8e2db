import type { Id } from "../../core/ids.ts";
import { type Currency, type Minor, sumMinor, timesMinor } from "../../core/money.ts";

/** The most lines a cart has, over all channels. */
export const MOST_LINES = 100;
/** The most pieces of one line. */
export const MOST_COUNT = 999;

/** A line as it is kept. */
export interface KeptLine {
  readonly goodId: Id;
  readonly channelId: Id;
  readonly count: number;
  /** Minor units. */
  readonly seenPrice: Minor;
}

/** What a cart needs to know of a channel. */
export interface CartChannel {
  readonly id: Id;
  readonly code: string;
  readonly currency: Currency;
  readonly open: boolean;
}

/** What a cart needs to know of a listing. */
export interface CartOffer {
  readonly goodId: Id;
  readonly channelId: Id;
  readonly merchantId: Id;
  readonly name: string;
  readonly price: Minor;
  readonly open: boolean;
}

/** `available` can be ordered now, `short` is more than there is, `closed` is not for sale and counts in no total. */
export type LineStatus = "available" | "short" | "closed";

/** A line as its user sees it. Amounts in minor units of the channel's currency. */
export interface CartLineView extends KeptLine {
  readonly channel: CartChannel;
  readonly merchantId: Id;
  readonly name: string;
  /** What one piece costs now. */
  readonly price: Minor;
  readonly priceChanged: boolean;
  /** Pieces that can be ordered now. */
  readonly available: number;
  readonly status: LineStatus;
  /** price × count. */
  readonly total: Minor;
}

export interface CartView {
  readonly lines: readonly CartLineView[];
  /** What the lines of each channel cost; closed lines are not counted. */
  readonly channels: readonly { readonly channel: CartChannel; readonly total: Minor }[];
  /** The same by currency, for amounts of two currencies have no sum. */
  readonly totals: readonly { readonly currency: Currency; readonly total: Minor }[];
}

/** What the house knows of the goods in a cart. */
export interface Surroundings {
  readonly offers: readonly CartOffer[];
  readonly channels: ReadonlyMap<Id, CartChannel>;
  /** Pieces that can be sold, by good; none where it is missing. */
  readonly stock: ReadonlyMap<Id, { readonly available: number }>;
}

/** A cart at today's prices. Listings are never deleted, so each kept line has its offer. */
export function cartView(kept: readonly KeptLine[], { offers, channels, stock }: Surroundings): CartView {
  const offerOf = new Map(offers.map((offer) => [lineKey(offer), offer]));
  const lines = kept.flatMap((line): CartLineView[] => {
    const offer = offerOf.get(lineKey(line));
    const channel = channels.get(line.channelId);
    if (offer === undefined || channel === undefined) return [];
    const { merchantId, name, price } = offer;
    const available = stock.get(line.goodId)?.available ?? 0;
    const status = !(offer.open && channel.open) ? "closed" : available < line.count ? "short" : "available";
    const priceChanged = price !== line.seenPrice;
    const total = timesMinor(price, line.count);
    return [{ ...line, channel, merchantId, name, price, priceChanged, available, status, total }];
  });
  const counted = lines.filter(({ status }) => status !== "closed");
  const byChannel = Map.groupBy(counted, ({ channel }) => channel);
  const byCurrency = Map.groupBy(counted, ({ channel }) => channel.currency);
  return {
    lines,
    channels: [...byChannel].map(([channel, own]) => ({ channel, total: sumOf(own) })),
    totals: [...byCurrency].map(([currency, own]) => ({ currency, total: sumOf(own) })),
  };
}

/** Equal for equal lines of one cart. */
export const lineKey = ({ goodId, channelId }: { readonly goodId: Id; readonly channelId: Id }): string =>
  `${goodId} ${channelId}`;

const sumOf = (lines: readonly CartLineView[]): Minor => sumMinor(lines.map(({ total }) => total));
