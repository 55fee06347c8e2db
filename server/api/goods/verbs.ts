import type { ReadContext } from "../../core/db/context.ts";
import type { PageRequest, Slice } from "../../core/http/paging.ts";
import type { Id } from "../../core/ids.ts";
import { catalogProblems, type Offer, offersOf, shelf } from "../../modules/catalog/index.ts";
import { type Channel, channelsByIds, openChannel } from "../../modules/channels/index.ts";
import { stockByIds, stockOf } from "../../modules/inventory/index.ts";

/** A good for sale on a channel, with the pieces that can be ordered. */
export interface GoodOnChannel {
  readonly offer: Offer;
  readonly channel: Channel;
  readonly stock: number;
}

/** The same with all its listings on open channels, oldest channel first. */
export interface GoodOnChannels extends GoodOnChannel {
  readonly listings: readonly Omit<GoodOnChannel, "stock">[];
}

/**
 * A page of what a channel sells.
 * @throws channel_not_found, cursor_invalid
 */
export async function goodsOn(ctx: ReadContext, code: string | undefined, page: PageRequest) {
  const channel = await openChannel(ctx, code);
  const slice = await shelf(ctx, channel.id, page);
  const stock = await stockByIds(
    ctx,
    slice.rows.map(({ goodId }) => goodId),
  );
  const rows = slice.rows.map((offer) => ({ offer, channel, stock: stock.get(offer.goodId)?.available ?? 0 }));
  return { ...slice, rows } satisfies Slice<GoodOnChannel>;
}

/**
 * One good on a channel, or without a code on the oldest that has it.
 * @throws good_not_found also when no open channel has it
 */
export async function goodOn(ctx: ReadContext, id: Id, code: string | undefined): Promise<GoodOnChannels> {
  const offers = (await offersOf(ctx, [id])).filter(({ open }) => open);
  const channels = await channelsByIds(
    ctx,
    offers.map(({ channelId }) => channelId),
  );
  const listings = offers.flatMap((offer) => {
    const channel = channels.get(offer.channelId);
    return channel?.open ? [{ offer, channel }] : [];
  });
  const chosen = listings.find(({ channel }) => code === undefined || channel.code === code);
  if (chosen === undefined) throw catalogProblems.good_not_found();
  return { ...chosen, stock: (await stockOf(ctx, id)).available, listings };
}
