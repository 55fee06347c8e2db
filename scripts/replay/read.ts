import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** A row of orders.csv. */
export interface OrderRow {
  readonly id: string;
  readonly customerId: string;
  readonly zip: string;
  readonly city: string;
  readonly state: string;
  /** delivered, shipped, processing, … */
  readonly status: string;
  /** RFC 3339. */
  readonly purchasedAt: string;
}

/** A row of order_items.csv: one piece. Amounts in minor units of BRL. */
export interface ItemRow {
  readonly productId: string;
  readonly sellerId: string;
  readonly price: number;
  readonly freight: number;
}

/** An order with the rows of the other files that belong to it. */
export interface Sale {
  readonly order: OrderRow;
  readonly items: readonly ItemRow[];
  /** credit_card, boleto, …: of each of its payments. */
  readonly methods: readonly string[];
}

/** The folder is not what the replay can play; the message says what is wrong with it. */
export class UnreadableData extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "UnreadableData";
  }
}

const COLUMNS = {
  "orders.csv": [
    ...["order_id", "customer_id", "customer_zip", "customer_city", "customer_state", "status", "purchased_at"],
  ],
  "order_items.csv": ["order_id", "product_id", "seller_id", "price_brl", "freight_brl"],
  "payments.csv": ["order_id", "method"],
} as const;

type File = keyof typeof COLUMNS;
type Row<Name extends File> = Readonly<Record<(typeof COLUMNS)[Name][number], string>>;

/**
 * Reads orders with their items and payments, in the order of orders.csv.
 * @param limit rows of orders.csv to read; all unless said
 * @throws UnreadableData when a file or a column is missing, or an amount is none
 */
export async function readSales(folder: string, limit = Number.POSITIVE_INFINITY): Promise<Sale[]> {
  const orders = (await rowsOf(folder, "orders.csv")).slice(0, limit);
  const items = grouped(await rowsOf(folder, "order_items.csv"));
  const payments = grouped(await rowsOf(folder, "payments.csv"));
  return orders.map((row) => ({
    order: {
      ...{ id: row.order_id, customerId: row.customer_id, status: row.status, purchasedAt: row.purchased_at },
      ...{ zip: row.customer_zip, city: row.customer_city, state: row.customer_state },
    },
    items: (items.get(row.order_id) ?? []).map((item) => ({
      ...{ productId: item.product_id, sellerId: item.seller_id },
      price: minorUnits(item.price_brl, `price_brl of order ${row.order_id}`),
      freight: minorUnits(item.freight_brl, `freight_brl of order ${row.order_id}`),
    })),
    methods: (payments.get(row.order_id) ?? []).map(({ method }) => method),
  }));
}

async function rowsOf<Name extends File>(folder: string, name: Name): Promise<Row<Name>[]> {
  const file = join(folder, name);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new UnreadableData(`${file} cannot be read: ${why}. The replay needs ${Object.keys(COLUMNS).join(", ")}.`);
  });
  const [header = [], ...lines] = table(file, text);
  const missing = COLUMNS[name].filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new UnreadableData(`${file} has no column ${missing.join(", ")}; its columns are ${header.join(", ")}.`);
  const places = COLUMNS[name].map((column) => [column, header.indexOf(column)] as const);
  return lines.map((line) => Object.fromEntries(places.map(([column, at]) => [column, line[at] ?? ""])) as Row<Name>);
}

function table(file: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new UnreadableData(`${file} is no CSV: ${error instanceof Error ? error.message : error}`);
  }
}

function grouped<R extends { readonly order_id: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.order_id);
    if (group) group.push(row);
    else groups.set(row.order_id, [row]);
  }
  return groups;
}

/**
 * Reads `2.9` as 290, without a detour over fractions.
 * @throws UnreadableData when it is no amount of at most two decimals
 */
function minorUnits(text: string, where: string): number {
  const [, whole, cents = ""] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new UnreadableData(`"${text}" is no amount in BRL (${where}).`);
  return Number(whole) * 100 + Number(cents.padEnd(2, "0"));
}
