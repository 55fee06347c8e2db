import type { ReadContext } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import type { UserActor } from "../../core/http/door.ts";
import { before } from "../../core/http/idempotency.ts";
import type { PageRequest, Slice } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import type { Id } from "../../core/ids.ts";
import { type ImportedRow, importGoods } from "../../flows/importGoods.ts";
import { catalogProblems, type Offer, offersOf, shelf } from "../../modules/catalog/index.ts";
import { type Channel, channelsByIds, openChannel } from "../../modules/channels/index.ts";
import { stockByIds, stockOf } from "../../modules/inventory/index.ts";
import { type BadRow, readGoods } from "./csv.ts";

/**
 * Does what a CSV file says. Its batches stand on their own; done again they change nothing, so the answer is kept
 * after them.
 * @throws csv_malformed, csv_too_long, merchant_not_found
 */
export async function importFile(house: House, actor: UserActor, merchantId: Id, file: Uint8Array) {
  const rows = readGoods(file);
  const usable = rows.filter((row) => !("fault" in row));
  const imported = await before(() => importGoods(house, actor, merchantId, usable));
  const failed = rows.flatMap((row): ImportedRow[] => ("fault" in row ? [failedRow(row)] : []));
  const report = [...imported, ...failed].sort((a, b) => a.row - b.row);
  return house.db.write(actor, async () => report);
}

const failedRow = ({ row, sku, fault }: BadRow): ImportedRow => ({
  ...{ row, sku, status: "failed", goodId: null },
  ...{ code: problems.validation_failed.code, detail: fault },
});

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
