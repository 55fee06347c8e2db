import { deepEqual, equal, ok } from "node:assert/strict";
import { type End, planOf, skipReason } from "../../../scripts/replay/plan.ts";
import { readSales, type Sale } from "../../../scripts/replay/read.ts";

const sale = (given: { id?: string; status?: string; methods?: string[]; items?: Sale["items"] }): Sale => ({
  order: {
    ...{ id: given.id ?? "o1", customerId: "c1", zip: "01009", city: "sao paulo", state: "SP" },
    ...{ status: given.status ?? "delivered", purchasedAt: "2017-01-05T12:06:36Z" },
  },
  items: given.items ?? [{ productId: "p1", sellerId: "s1", price: 100, freight: 10 }],
  methods: given.methods ?? ["credit_card"],
});

describe("the plan of a replay", () => {
  it("plays what was paid by credit card or debit card alone, and counts the rest by its reason", async () => {
    const { rows, played, skipped } = planOf(await readSales("test/e2e/replayData"));
    equal(rows, 30);
    equal(played.length, 24);
    deepEqual(skipped, { boleto: 2, several_methods: 1, voucher: 1, status_unavailable: 1, no_payment: 1 });
  });

  const reasons: [string, Parameters<typeof sale>[0], string | undefined][] = [
    ["one card", {}, undefined],
    ["one card in two payments", { methods: ["credit_card", "credit_card"] }, undefined],
    ["a debit card", { methods: ["debit_card"] }, undefined],
    ["both cards", { methods: ["credit_card", "debit_card"] }, "several_methods"],
    ["a card and a voucher", { methods: ["voucher", "credit_card"] }, "several_methods"],
    ["a boleto", { methods: ["boleto"] }, "boleto"],
    ["vouchers alone", { methods: ["voucher", "voucher"] }, "voucher"],
    ["a method of another name than everything has", { methods: ["constructor"] }, "constructor"],
    ["nothing", { methods: [] }, "no_payment"],
    ["a card for nothing", { items: [] }, "no_items"],
    ["a card for an order of unknown state", { status: "unavailable" }, "status_unavailable"],
  ];
  for (const [paid, given, reason] of reasons) {
    it(`${reason === undefined ? "plays" : "skips"} an order paid by ${paid}`, () => {
      equal(skipReason(sale(given)), reason);
    });
  }

  it("brings orders to the ends the files say, and refunds every third cancelled one", () => {
    const states = ["delivered", "canceled", "shipped", "canceled", "processing", "canceled", "invoiced", "approved"];
    const more = ["canceled", "canceled", "canceled"];
    const ends = planOf([...states, ...more].map((status) => sale({ status }))).played.map(({ end }) => end);
    const expected: End[] = ["released", "voided", "captured", "voided", "authorized", "refunded", "authorized"];
    deepEqual(ends, [...expected, "authorized", "voided", "voided", "refunded"]);
  });

  it("does not count a cancelled order that is skipped", () => {
    const sales = [{}, { methods: ["boleto"] }, {}, {}].map((given) => sale({ ...given, status: "canceled" }));
    deepEqual(
      planOf(sales).played.map(({ end }) => end),
      ["voided", "voided", "refunded"],
    );
  });

  it("makes one part per seller, and one line per product, seller, price and freight", () => {
    const piece = { productId: "p1", sellerId: "s1", price: 100, freight: 10 };
    const items = [piece, { ...piece, sellerId: "s2" }, piece, { ...piece, freight: 11 }, { ...piece, price: 99 }];
    const [order] = planOf([sale({ items })]).played;
    const parts = order?.parts.map(({ sellerId, lines, freight, paid }) => ({
      ...{ sellerId, freight, paid },
      lines: lines.map(({ good, count }) => [good.price, good.freight, count]),
    }));
    deepEqual(parts, [
      {
        sellerId: "s1",
        freight: 41,
        paid: 440,
        lines: [
          [100, 10, 2],
          [100, 11, 1],
          [99, 10, 1],
        ],
      },
      { sellerId: "s2", freight: 10, paid: 110, lines: [[100, 10, 1]] },
    ]);
    equal(order?.paid, 550);
  });

  it("takes the channel of an order's id, whatever else the files hold", () => {
    const ids = Array.from({ length: 300 }, (_, at) => `order ${at}`);
    const all = planOf(ids.map((id) => sale({ id }))).played.map(({ channel }) => channel);
    const some = planOf(ids.slice(100).map((id) => sale({ id }))).played.map(({ channel }) => channel);
    deepEqual(some, all.slice(100));
    for (const channel of [0, 1, 2]) ok(all.filter((one) => one === channel).length > 70);
  });
});
