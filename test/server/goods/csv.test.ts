import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { type ExportedGood, readGoods, writeGoods } from "../../../server/api/goods/csv.ts";
import { Description, Name, Options, Sku } from "../../../server/api/goods/fields.ts";

const nasty = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(..."'=+-@\",;\r\n\t aß杯＝"), maxLength: 12 }),
  fc.constantFrom('=cmd|"/C calc"!A1', "'=1", "@SUM(1)", "+1", "-1", "''", "=", "\ufeffx"),
);
/** Texts as the house keeps them: whatever the doors let in. */
const kept = (schema: typeof Name, source = nasty) =>
  source
    .map((text) => schema.safeParse(text))
    .filter(({ success }) => success)
    .map(({ data }) => data ?? "");

const option = fc.record({ name: nasty, value: nasty });
const good: fc.Arbitrary<ExportedGood> = fc
  .record({
    sku: kept(Sku),
    name: kept(Name),
    description: kept(Description),
    cost: fc.option(fc.integer({ min: 0, max: 90_000_000_000 })),
    onHand: fc.option(fc.integer({ min: 0, max: 1_000_000_000 }), { nil: undefined }),
    options: fc
      .array(option, { maxLength: 3 })
      .map((all) => Options.safeParse(all))
      .map(({ data }) => data ?? []),
    listings: fc.array(
      fc.record({
        channel: fc.constantFrom("web", "store"),
        price: fc.integer({ min: 1, max: 90_000_000_000 }),
        freight: fc.integer({ min: 0, max: 100_000_000 }),
        open: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ onHand, listings, ...said }) => ({
    good: {
      ...{ id: "", merchantId: "", nameKey: "", categoryId: null, variantOf: null, optionsKey: null, cover: null },
      ...{ createdAt: 0, updatedAt: 0, ...said },
    },
    ...{ category: null, mainSku: null, onHand, listings },
  }));

const said = (value: unknown) => (value === null || value === "" ? undefined : value);

describe("a file of goods", () => {
  it("says when it is read what was said when it was written", () =>
    fc.assert(
      fc.property(fc.array(good, { maxLength: 5 }), (goods) => {
        const rows = readGoods(writeGoods(goods));
        const wanted = goods.flatMap(({ good: one, onHand, listings }) =>
          (listings.length === 0 ? [undefined] : listings).map((at) => ({
            sku: one.sku,
            name: one.name,
            description: said(one.description),
            ...{ cost: said(one.cost), stock: said(onHand), options: one.options.length > 0 ? one.options : undefined },
            ...{ channel: at?.channel, price: at?.price, freight: at?.freight, open: at?.open },
          })),
        );
        assert.equal(rows.length, wanted.length);
        for (const [index, row] of rows.entries()) {
          assert.ok(!("fault" in row), JSON.stringify(row));
          for (const [field, value] of Object.entries(wanted[index] ?? {}))
            assert.deepEqual(row[field as keyof typeof row], value, field);
        }
      }),
    ));

  it("has no cell that a spreadsheet takes for a formula", () =>
    fc.assert(
      fc.property(fc.array(good, { maxLength: 5 }), (goods) => {
        const cells: string[][] = parse(writeGoods(goods).toString());
        for (const cell of cells.flat()) assert.doesNotMatch(cell, /^[=+\-@＝＋－＠\t\r]/);
      }),
    ));
});
