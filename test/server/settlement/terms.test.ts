import assert from "node:assert/strict";
import fc from "fast-check";
import { zeroAddress, zeroHash } from "viem";
import { legsOf, termsFor, tokenFor } from "../../../server/modules/settlement/rules.ts";
import { earned } from "../../../server/protocol/split.ts";
import { FIXED, LEG_KIND } from "../../../server/protocol/terms.ts";
import { validateTerms } from "../../../server/protocol/validateTerms.ts";
import { wallet } from "../../support/wallets.ts";
import { USD } from "../flows/market.ts";

const [payer, operator, merchant, carrier, channel, platform, escrow] = [1, 2, 3, 4, 5, 6, 7].map(
  (index) => wallet(index).address,
) as [`0x${string}`, `0x${string}`, `0x${string}`, `0x${string}`, `0x${string}`, `0x${string}`, `0x${string}`];

const sale = (total: number, freight: number, channelPpm: number, platformPpm: number) => ({
  ...{ payer, operator, merchant, carrier, total, freight, nowS: 1_800_000_000, salt: 7n },
  token: { address: USD, rateNum: 10_000n, rateDen: 3n },
  shares: [
    { kind: LEG_KIND.channel, account: channel, ppm: channelPpm },
    { kind: LEG_KIND.platform, account: platform, ppm: platformPpm },
  ],
  agreement: undefined,
  windows: { paymentWindowS: 1_800, captureWindowS: 1_209_600, releaseDelayS: 604_800 },
});

const sales = () =>
  fc
    .record({
      goods: fc.integer({ min: 1, max: 10 ** 9 }),
      freight: fc.integer({ min: 0, max: 10 ** 6 }),
      channelPpm: fc.integer({ min: 0, max: 500_000 }),
      platformPpm: fc.integer({ min: 0, max: 499_999 }),
    })
    .map(({ goods, freight, channelPpm, platformPpm }) => sale(goods + freight, freight, channelPpm, platformPpm));

describe("termsFor", () => {
  it("makes terms that the escrow takes, whoever earns nothing", () =>
    fc.assert(
      fc.property(sales(), (each) => {
        assert.equal(validateTerms(termsFor(each), each.nowS, escrow), undefined);
      }),
    ));

  it("pays out exactly what was paid in: freight first, then shares of the goods, the rest to the merchant", () =>
    fc.assert(
      fc.property(sales(), (each) => {
        const { amount, legs } = termsFor(each);
        const paid = new Map(earned(amount, legs).map((part, at) => [legs[at]?.account, part]));
        assert.equal(
          [...paid.values()].reduce((sum, part) => sum + part, 0n),
          amount,
        );
        assert.ok(amount * 3n >= BigInt(each.total) * 10_000n && amount * 3n < BigInt(each.total) * 10_000n + 3n);
        const freight = paid.get(carrier) ?? 0n;
        assert.ok(freight * 3n >= BigInt(each.freight) * 10_000n);
        const goods = amount - freight;
        const share = (goods * BigInt(each.shares[1]?.ppm ?? 0)) / 1_000_000n;
        const got = paid.get(platform) ?? 0n;
        assert.ok(got - share <= 1n && share - got <= 1n, `${got} is not ${share}`);
      }),
    ));

  it("leaves out who earns nothing, but never the merchant", () => {
    const free = termsFor(sale(1_000, 0, 0, 0));
    assert.deepEqual(free.legs, [{ account: merchant, share: 1_000_000n, kind: LEG_KIND.merchant }]);
    assert.deepEqual(
      termsFor(sale(1_000, 10, 1, 2)).legs.map(({ kind }) => kind),
      [LEG_KIND.merchant, LEG_KIND.carrier | FIXED, LEG_KIND.channel, LEG_KIND.platform],
    );
  });

  it("is refused by the escrow where others take more than all, or nothing is paid", () => {
    const greedy = termsFor(sale(1_000, 0, 600_000, 500_000));
    assert.match(validateTerms(greedy, 1_800_000_000, escrow) ?? "", /^(PpmAboveWhole|TermsDirty)/);
    assert.equal(validateTerms(termsFor(sale(0, 0, 0, 0)), 1_800_000_000, escrow), "AmountZero()");
  });

  it("keeps the fixed leg inside the amount when both are rounded up", () => {
    const { legs, amount } = termsFor(sale(1, 1, 0, 0));
    assert.ok((legs.find(({ kind }) => kind === (LEG_KIND.carrier | FIXED))?.share ?? 0n) <= amount);
    assert.equal(legsOf({ merchant, shares: [], carrier: { payee: carrier, freight: 0n } }).length, 1);
  });

  it("names the agreement, and can be paid for no longer than it is valid", () => {
    const [hash, free] = [`0x${"ab".repeat(32)}` as const, sale(1_000, 0, 0, 0)];
    const at = (validUntil: number) => termsFor({ ...free, agreement: { hash, validUntil } });
    assert.equal(termsFor(free).agreement, zeroHash);
    assert.equal(at(free.nowS + 9_999).agreement, hash);
    assert.equal(at(free.nowS + 9_999).authorizeBy, termsFor(free).authorizeBy);
    assert.equal(at(free.nowS + 60).authorizeBy, free.nowS + 60);
  });
});

describe("tokenFor", () => {
  const token = { symbol: "T", decimals: 6, currency: "USD", rateNum: 1n, rateDen: 1n };
  const ether = { ...token, address: zeroAddress };
  const plain = { ...token, address: merchant };
  const signed = { ...token, address: USD, name: "Test USD", version: "1" };

  it("takes the first token of the currency that the method can move", () => {
    const tokens = [ether, plain, signed];
    assert.equal(tokenFor(tokens, "USD", "escrow_eth"), ether);
    assert.equal(tokenFor(tokens, "USD", "escrow_allowance"), plain);
    assert.equal(tokenFor(tokens, "USD", "escrow_erc3009"), signed);
    assert.equal(tokenFor(tokens, "EUR", "escrow_eth"), undefined);
    assert.equal(tokenFor([ether, plain], "USD", "escrow_erc3009"), undefined);
    assert.equal(tokenFor([signed], "USD", "escrow_eth"), undefined);
  });
});
