import type { House } from "../../core/house.ts";
import type { UserActor } from "../../core/http/door.ts";
import { before } from "../../core/http/idempotency.ts";
import { problems } from "../../core/http/problems.ts";
import type { Id } from "../../core/ids.ts";
import { type ImportedRow, importGoods } from "../../flows/importGoods.ts";
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
