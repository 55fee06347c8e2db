import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, zeroAddress } from "viem";
import { mostFreight, ratesWithin } from "../../../server/modules/agreements/rules.ts";
import { breakdownOf, type Sold } from "../../../server/modules/settlement/breakdown.ts";
import { type Sale, type Share, termsFor } from "../../../server/modules/settlement/rules.ts";
import type { Agreement, Party } from "../../../server/protocol/agreement.ts";
import { agreementFault } from "../../../server/protocol/agreementFault.ts";
import { LEG_KIND } from "../../../server/protocol/terms.ts";
import { validateTerms } from "../../../server/protocol/validateTerms.ts";
import { wallet } from "../../support/wallets.ts";
import { record } from "../protocol/arbitraries.ts";

const NOW_S = 1_800_000_000;
const [payer, operator, merchant, carrier, channel, agent, platform, escrow] = Array.from(
  { length: 8 },
  (_, at) => wallet(at).address,
) as [Address, Address, Address, Address, Address, Address, Address, Address];
const hash = `0x${"ab".repeat(32)}` as const;

const shares: Share[] = [
  { kind: LEG_KIND.channel, account: channel, ppm: 80_000 },
  { kind: LEG_KIND.agent, account: agent, ppm: 20_000 },
  { kind: LEG_KIND.platform, account: platform, ppm: 30_000 },
];

/** A sale of one line for `goods` and `freight` minor units, at 10,000 base units a minor one. */
const sale = (goods: number, freight: number, changes: Partial<Sale> = {}): Sale => ({
  ...{ payer, operator, merchant, carrier, shares, freight, total: goods + freight, agreement: undefined },
  ...{ token: { address: zeroAddress, rateNum: 10_000n, rateDen: 1n }, nowS: NOW_S, salt: 1n },
  windows: { paymentWindowS: 1_800, captureWindowS: 86_400, releaseDelayS: 3_600 },
  ...changes,
});

const sold = (goods: number, freight: number, costs: readonly (number | null)[] = [null]): Sold => ({
  ...{ currency: "BRL", goodsTotal: goods, freight, total: goods + freight },
  lines: costs.map((cost) => ({ count: 2, cost })),
});

const sum = (amounts: readonly string[]): bigint => amounts.reduce((total, amount) => total + BigInt(amount), 0n);

describe("the breakdown of an order", () => {
  it("says who has what, in minor units and in base units", () => {
    assert.deepEqual(breakdownOf(sold(10_000, 500, [1_000, 2_500]), termsFor(sale(10_000, 500))), {
      ...{ currency: "BRL", goods: "10000", freight: "500", paid: "10500", merchant_cost: "7000", subsidies: [] },
      ...{ token: zeroAddress, amount: "105000000" },
      parts: [
        { kind: "merchant", account: merchant, ppm: 870_000, fixed: null, amount: "87000000" },
        { kind: "carrier", account: carrier, ppm: null, fixed: "5000000", amount: "5000000" },
        { kind: "channel", account: channel, ppm: 80_000, fixed: null, amount: "8000000" },
        { kind: "agent", account: agent, ppm: 20_000, fixed: null, amount: "2000000" },
        { kind: "platform", account: platform, ppm: 30_000, fixed: null, amount: "3000000" },
      ],
    });
  });

  it("knows the merchant's cost only when every good has one", () => {
    const cost = (...costs: (number | null)[]) =>
      breakdownOf(sold(100, 0, costs), termsFor(sale(100, 0))).merchant_cost;
    assert.equal(cost(5, null), null);
    assert.equal(cost(5, 0), "10");
  });
});

/** Agreements between the usual parties, whatever their ranges; the platform's may be missing. */
const agreements = (): fc.Arbitrary<Agreement> => {
  const range = fc.tuple(fc.nat(240_000), fc.nat(240_000)).map(([a, b]) => ({
    leastPpm: Math.min(a, b),
    mostPpm: Math.max(a, b) + 1,
  }));
  const party = (kind: number, account: Address): fc.Arbitrary<Party> =>
    range.map((each) => ({ kind, account, ...each, mostFixed: 0n }));
  const freighter = fc
    .bigInt({ min: 1n, max: 10n ** 12n })
    .map((mostFixed): Party => ({ kind: LEG_KIND.carrier, account: carrier, leastPpm: 0, mostPpm: 0, mostFixed }));
  const parties = fc
    .tuple(party(LEG_KIND.channel, channel), freighter, party(LEG_KIND.agent, agent))
    .chain((some) =>
      fc
        .option(party(LEG_KIND.platform, platform), { nil: undefined })
        .map((last) => [...some, ...(last ? [last] : [])]),
    );
  return parties.map((each) => ({
    ...{ channel: hash, version: 1, token: zeroAddress, operator, arbiter: zeroAddress, merchant, text: "" },
    ...{ validFrom: 0, validUntil: NOW_S + 1_000, parties: each },
  }));
};

describe("an order under an agreement", () => {
  const wishes = fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000), fc.option(fc.nat(1_000_000), { nil: undefined }));
  const drawn = record({
    agreement: agreements(),
    wishes,
    goods: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10 ** 9 })),
    freight: fc.oneof(fc.nat(50), fc.nat(10 ** 7)),
  });

  it("keeps to it, is taken by the escrow, and its parts sum exactly to what was paid", () =>
    fc.assert(
      fc.property(drawn, ({ agreement, wishes: [channelPpm, platformPpm, agentPpm], goods, freight }) => {
        const wished: Share[] = [
          { kind: LEG_KIND.channel, account: channel, ppm: channelPpm },
          { kind: LEG_KIND.platform, account: platform, ppm: platformPpm },
          ...(agentPpm === undefined ? [] : [{ kind: LEG_KIND.agent, account: agent, ppm: agentPpm }]),
        ];
        const most = mostFreight(agreement, carrier) ?? 0n;
        const sent = BigInt(freight) * 10_000n > most ? Number(most / 10_000n) : freight;
        const naming = { hash, validUntil: agreement.validUntil };
        const under = { shares: ratesWithin(agreement, wished), agreement: naming };
        const terms = termsFor(sale(goods, sent, under));

        assert.equal(agreementFault(terms, agreement), undefined);
        assert.equal(validateTerms(terms, NOW_S, escrow, agreement), undefined);
        const { parts, amount, paid } = breakdownOf(sold(goods, sent), terms);
        assert.equal(sum(parts.map((part) => part.amount)), terms.amount);
        assert.equal(amount, terms.amount.toString());
        assert.equal(BigInt(amount), BigInt(paid) * 10_000n);
        assert.equal(parts.find(({ kind }) => kind === "carrier")?.amount ?? "0", String(BigInt(sent) * 10_000n));
        assert.equal(parts.length, terms.legs.length);
        assert.ok(parts.every((part) => (part.ppm === null) !== (part.fixed === null)));
      }),
      { numRuns: 500 },
    ));
});
