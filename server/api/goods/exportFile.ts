import type { ReadContext } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import type { Good } from "../../modules/catalog/index.ts";
import * as catalog from "../../modules/catalog/index.ts";
import { channelsByIds } from "../../modules/channels/index.ts";
import { stockByIds } from "../../modules/inventory/index.ts";
import { ownMerchant } from "../../modules/merchants/index.ts";
import { type ExportedGood, lineCount, MOST_ROWS, writeGoods } from "./csv.ts";

const GOODS_AT_ONCE = 500;
/** Where reading begins: before every id. */
const FIRST = "00000000-0000-0000-0000-000000000000";

/** A file of goods, and the last good in it where there are more. */
export interface ExportFile {
  readonly content: Buffer;
  readonly next: Id | undefined;
}

/**
 * A merchant's goods as a file that can be imported again: as many as a file may have rows and bytes.
 * @param after the last good of the file before
 * @throws merchant_not_found
 */
export async function exportFile(
  ctx: ReadContext,
  merchantId: Id,
  mostBytes: number,
  after = FIRST,
): Promise<ExportFile> {
  await ownMerchant(ctx, merchantId);
  const taken: ExportedGood[] = [];
  let rows = 0;
  let bytes = 0;
  for (let from = after; ; ) {
    const goods = await catalog.goodsAfter(ctx, merchantId, from, GOODS_AT_ONCE);
    for (const one of await inFull(ctx, goods)) {
      rows += lineCount(one);
      bytes += writeGoods([one]).length;
      if (taken.length > 0 && (rows > MOST_ROWS || bytes > mostBytes))
        return { content: inOrder(taken), next: taken.at(-1)?.good.id };
      taken.push(one);
    }
    const last = goods.at(-1);
    if (last === undefined || goods.length < GOODS_AT_ONCE) return { content: inOrder(taken), next: undefined };
    from = last.id;
  }
}

/** Main goods before their variants, so that the file can make both. */
const inOrder = (goods: readonly ExportedGood[]): Buffer =>
  writeGoods([...goods].sort((a, b) => Number(a.mainSku !== null) - Number(b.mainSku !== null)));

async function inFull(ctx: ReadContext, goods: readonly Good[]): Promise<ExportedGood[]> {
  const goodIds = goods.map(({ id }) => id);
  const offers = Map.groupBy(await catalog.offersOf(ctx, goodIds), ({ goodId }) => goodId);
  const channels = await channelsByIds(ctx, [
    ...new Set([...offers.values()].flat().map(({ channelId }) => channelId)),
  ]);
  const stock = await stockByIds(ctx, goodIds);
  const mains = new Map(
    (
      await catalog.goodsByIds(
        ctx,
        goods.flatMap(({ variantOf }) => variantOf ?? []),
      )
    ).map((main) => [main.id, main]),
  );
  const slugs = new Map((await catalog.categories(ctx)).map(({ id, slug }) => [id, slug]));
  return goods.map((good) => {
    const main = good.variantOf === null ? undefined : mains.get(good.variantOf);
    return {
      good,
      category: good.categoryId === null ? null : (slugs.get(good.categoryId) ?? null),
      mainSku: main === undefined ? null : (main.sku ?? main.id),
      onHand: stock.get(good.id)?.onHand,
      listings: (offers.get(good.id) ?? []).flatMap(({ channelId, price, freight, open }) => {
        const channel = channels.get(channelId);
        return channel === undefined ? [] : [{ channel: channel.code, price, freight, open }];
      }),
    };
  });
}
