import assert from "node:assert/strict";
import fc from "fast-check";
import { cartView } from "../../../server/modules/carts/rules.ts";

const CHANNELS = [
  { id: "c1", code: "web", currency: "USD", open: true },
  { id: "c2", code: "store", currency: "USD", open: true },
  { id: "c3", code: "paris", currency: "EUR", open: true },
  { id: "c4", code: "gone", currency: "EUR", open: false },
];
const channels = new Map(CHANNELS.map((channel) => [channel.id, channel]));
const offer = (goodId: string, channelId: string, price: number, open = true) => ({
  goodId,
  channelId,
  merchantId: "m1",
  name: goodId,
  price,
  open,
});
const kept = (goodId: string, channelId: string, count: number, seenPrice: number) => ({
  goodId,
  channelId,
  count,
  seenPrice,
});

describe("a cart's view", () => {
  it("tells what changed since a line was set", () => {
    const {
      lines,
      channels: parts,
      totals,
    } = cartView([kept("g1", "c1", 2, 100), kept("g2", "c1", 3, 50), kept("g3", "c1", 1, 70), kept("g1", "c4", 1, 9)], {
      offers: [offer("g1", "c1", 100), offer("g2", "c1", 60), offer("g3", "c1", 70, false), offer("g1", "c4", 9)],
      channels,
      stock: new Map([
        ["g1", { available: 2 }],
        ["g2", { available: 2 }],
      ]),
    });
    assert.deepEqual(
      lines.map(({ status, priceChanged, available, total }) => [status, priceChanged, available, total]),
      [
        ["available", false, 2, 200],
        ["short", true, 2, 180],
        ["closed", false, 0, 70],
        ["closed", false, 2, 9],
      ],
    );
    assert.deepEqual(parts, [{ channel: CHANNELS[0], total: 380 }]);
    assert.deepEqual(totals, [{ currency: "USD", total: 380 }]);
  });

  it("never adds two currencies, and its parts sum to the whole", () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            goodId: fc.constantFrom("g1", "g2", "g3", "g4", "g5"),
            channelId: fc.constantFrom("c1", "c2", "c3", "c4"),
            count: fc.integer({ min: 1, max: 999 }),
            seenPrice: fc.integer({ min: 1, max: 90_000_000_000 }),
            price: fc.integer({ min: 1, max: 90_000_000_000 }),
            open: fc.boolean(),
          }),
          { selector: ({ goodId, channelId }) => `${goodId} ${channelId}` },
        ),
        (lines) => {
          const offers = lines.map(({ goodId, channelId, price, open }) => offer(goodId, channelId, price, open));
          const view = cartView(lines, { offers, channels, stock: new Map() });
          assert.equal(view.lines.length, lines.length);
          for (const { currency, total } of view.totals) {
            const counted = view.lines.filter((l) => l.channel.currency === currency && l.status !== "closed");
            assert.equal(
              total,
              counted.reduce((sum, line) => sum + line.total, 0),
            );
            const parts = view.channels.filter(({ channel }) => channel.currency === currency);
            assert.equal(
              total,
              parts.reduce((sum, part) => sum + part.total, 0),
            );
          }
          assert.equal(new Set(view.totals.map(({ currency }) => currency)).size, view.totals.length);
        },
      ),
    ));
});
