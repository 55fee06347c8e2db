import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import type { ImportRow } from "../../flows/importGoods.ts";
import { catalogProblems, type Good, type Listing } from "../../modules/catalog/index.ts";
import { ChannelCode } from "../channels/schema.ts";
import { Cost, Description, Freight, Name, OptionsText, PiecesText, Price, Sku, Slug } from "./fields.ts";

/** The most rows of a file. */
export const MOST_ROWS = 5_000;

const YesOrNo = z
  .string()
  .toLowerCase()
  .pipe(z.enum(["true", "false"], "must be true or false"))
  .transform((answer) => answer === "true");

/** A row of the file, an empty cell being no field. */
const Row = z.strictObject({
  sku: Sku,
  name: Name.optional(),
  description: Description.optional(),
  channel: ChannelCode.optional(),
  price: Price.optional(),
  freight: Freight.optional(),
  stock: PiecesText.optional(),
  cost: Cost.optional(),
  category: Slug.optional(),
  variant_of: Sku.optional(),
  options: OptionsText.optional(),
  open: YesOrNo.optional(),
});
type Column = keyof z.input<typeof Row>;
const COLUMNS = Object.keys(Row.shape) as Column[];

/** A row that says nothing usable. */
export interface BadRow {
  readonly row: number;
  readonly sku: string;
  /** What is wrong, in a sentence. */
  readonly fault: string;
}

/**
 * Reads a CSV file of goods. A row is numbered as a spreadsheet does: the names of the columns are row 1.
 * @throws csv_malformed when no row could be read, csv_too_long
 */
export function readGoods(file: Uint8Array): readonly (ImportRow | BadRow)[] {
  const [header = [], ...records] = recordsOf(file);
  const columns = header.map((name) => name.trim().toLowerCase());
  assertColumns(columns);
  if (records.length > MOST_ROWS) throw catalogProblems.csv_too_long(`A file may have ${MOST_ROWS} rows.`);
  return records.flatMap((cells, at) => (cells.every((cell) => cell === "") ? [] : [readRow(columns, cells, at + 2)]));
}

function recordsOf(file: Uint8Array): string[][] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(file);
    return parse(text, { relax_column_count: true, max_record_size: 100_000, to: MOST_ROWS + 2 });
  } catch (error) {
    if (error instanceof CsvError) throw catalogProblems.csv_malformed(`${error.message}.`);
    throw catalogProblems.csv_malformed("Send text in UTF-8.");
  }
}

function assertColumns(columns: readonly string[]): void {
  const unknown = columns.find((column) => !COLUMNS.some((known) => known === column));
  const known = `There are ${COLUMNS.join(", ")}.`;
  if (unknown !== undefined) throw catalogProblems.csv_malformed(`"${unknown.slice(0, 50)}" is no column. ${known}`);
  if (new Set(columns).size < columns.length) throw catalogProblems.csv_malformed("A column is there twice.");
  if (!columns.includes("sku")) throw catalogProblems.csv_malformed(`The column "sku" is missing. ${known}`);
}

function readRow(columns: readonly string[], cells: readonly string[], row: number): ImportRow | BadRow {
  const fields = Object.fromEntries(
    columns.flatMap((column, at) => {
      const cell = plain(cells[at] ?? "");
      return cell === "" ? [] : [[column, cell]];
    }),
  );
  const sku = (fields.sku ?? "").slice(0, 64);
  if (cells.length > columns.length) return { row, sku, fault: "The row has more cells than there are columns." };
  const parsed = Row.safeParse(fields);
  if (parsed.success) {
    const { variant_of: variantOf, ...said } = parsed.data;
    return { row, ...said, variantOf };
  }
  const fault = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ");
  return { row, sku, fault: `${fault}.` };
}

/**
 * Writes goods as a file that `readGoods` takes again: a row for each good and channel. A good without a SKU goes by
 * its id.
 */
export function writeGoods(goods: readonly ExportedGood[]): Buffer {
  const lines = goods.flatMap((one) =>
    one.listings.length === 0 ? [lineOf(one)] : one.listings.map((at) => lineOf(one, at)),
  );
  return Buffer.from([COLUMNS, ...lines].map((cells) => `${cells.map(cell).join(",")}\r\n`).join(""));
}

/** How many rows a good takes. */
export const lineCount = ({ listings }: ExportedGood): number => Math.max(1, listings.length);

/** A good as a file has it. */
export interface ExportedGood {
  readonly good: Good;
  readonly category: string | null;
  /** The SKU of its main good, or that one's id. */
  readonly mainSku: string | null;
  /** Pieces; undefined where they were never set. */
  readonly onHand: number | undefined;
  readonly listings: readonly (Pick<Listing, "price" | "freight" | "open"> & { readonly channel: string })[];
}

function lineOf({ good, category, mainSku, onHand }: ExportedGood, at?: ExportedGood["listings"][number]): string[] {
  const cells: Record<Column, string | number | boolean | null | undefined> = {
    ...{ sku: good.sku ?? good.id, name: good.name, description: good.description },
    ...{ channel: at?.channel, price: at?.price, freight: at?.freight, open: at?.open },
    ...{ stock: onHand, cost: good.cost, category, variant_of: mainSku },
    options: good.options.map(({ name, value }) => `${name}=${value}`).join(";"),
  };
  return COLUMNS.map((column) => `${cells[column] ?? ""}`);
}

/** A cell that no spreadsheet takes for a formula, in quotes where it needs them. */
function cell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** What makes a spreadsheet take a cell for a formula. */
const FORMULA = /^'*[=+\-@＝＋－＠\t\r]/;

/** A cell as people wrote it: without the quote that `cell` put before it. */
const plain = (cell: string): string => (cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell).trim();
