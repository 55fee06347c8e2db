import { deepEqual, equal, rejects } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSales, UnreadableData } from "../../../scripts/replay/read.ts";

const DATA = "test/e2e/replayData";

describe("reading orders from CSV files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-sales-"));
    await cp(DATA, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const change = async (file: string, from: string | RegExp, to: string) =>
    writeFile(join(folder, file), (await readFile(join(folder, file), "utf8")).replace(from, to));

  it("puts items and payments to their orders, in the order of the file", async () => {
    const sales = await readSales(folder);
    equal(sales.length, 30);
    deepEqual(sales[9], {
      order: {
        ...{ id: "o10", customerId: "c09", zip: "01009", city: "sao paulo", state: "SP", status: "delivered" },
        purchasedAt: "2017-02-10T12:00:00Z",
      },
      items: [
        { productId: "p1", sellerId: "s1", price: 2_990, freight: 872 },
        { productId: "p5", sellerId: "s3", price: 19_990, freight: 2_501 },
      ],
      methods: ["credit_card"],
    });
    deepEqual(sales[15]?.methods, ["credit_card", "credit_card"]);
    deepEqual(sales[22]?.methods, []);
  });

  it("reads no more rows of orders than are wanted", async () => {
    deepEqual(
      (await readSales(folder, 2)).map(({ order }) => order.id),
      ["o01", "o02"],
    );
  });

  it("reads columns by their names, wherever they stand, with a byte order mark and quoted cells", async () => {
    const text = 'method,order_id\n"credit_card",o01\n';
    await writeFile(join(folder, "payments.csv"), `\ufeff${text}`);
    deepEqual((await readSales(folder, 1))[0]?.methods, ["credit_card"]);
  });

  const says = (pattern: RegExp) => (error: unknown) => error instanceof UnreadableData && pattern.test(error.message);

  it("says which file is missing", async () => {
    await rm(join(folder, "payments.csv"));
    await rejects(readSales(folder), says(/payments\.csv cannot be read: there is no such file\. The replay needs/));
  });

  it("says which column is missing", async () => {
    await change("orders.csv", "status", "state_of_it");
    await rejects(readSales(folder), says(/orders\.csv has no column status; its columns are order_id, customer_id/));
  });

  it("says which line is no CSV", async () => {
    await change("orders.csv", "o02,", 'o02,"');
    await rejects(readSales(folder), says(/orders\.csv is no CSV: .*line/));
  });

  for (const amount of ["", "-1", "1.234", "1e3", "1,5", "0x10"]) {
    it(`does not take "${amount}" for an amount`, async () => {
      await change("order_items.csv", "o01,1,p1,s1,29.9,", `o01,1,p1,s1,"${amount}",`);
      await rejects(readSales(folder), says(/is no amount in BRL \(price_brl of order o01\)/));
    });
  }
});
