import { randomUUID } from "node:crypto";
import type { ImportReport } from "../../server/api/goods/schema.ts";
import { CsvFile } from "./http.ts";
import type { JsonOf } from "./session.ts";
import type { Seller } from "./shop.ts";

/** A good on a channel, as a row of a merchant's file. `price` and `freight`, of one piece, in minor units. */
export interface GoodRow {
  readonly sku: string;
  readonly name: string;
  /** The channel's code. */
  readonly channel: string;
  readonly price: number;
  readonly freight: number;
  /** Pieces in all; a good has one stock for all channels. */
  readonly stock: number;
}

const COLUMNS = ["sku", "name", "channel", "price", "freight", "stock"] as const satisfies (keyof GoodRow)[];

/**
 * Hands a merchant's goods in as a CSV file.
 * @param rows their cells have no comma, quote or line break
 * @returns the goods' ids by their SKUs
 * @throws when a row was refused
 */
export async function importGoods({ session, merchantId }: Seller, rows: readonly GoodRow[]) {
  const lines = [COLUMNS.join(","), ...rows.map((row) => COLUMNS.map((column) => row[column]).join(","))];
  const report = await session.send<JsonOf<typeof ImportReport>>(
    ...([
      "POST",
      `/goods/import?merchant_id=${merchantId}`,
      new CsvFile(`${lines.join("\n")}\n`),
      randomUUID(),
    ] as const),
  );
  const refused = report.data.find(({ good_id }) => good_id === null);
  if (refused) throw new Error(`the good ${refused.sku} was refused: ${refused.code} ${refused.detail}`);
  return new Map(report.data.map(({ sku, good_id }) => [sku, good_id ?? ""]));
}
