import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  isOutbid,
  type Market,
  offerFor,
  priceOf,
  raised,
  tipOf,
  USUAL_TIP,
} from "../../server/chain/operator/fees.ts";
import { toGasNow } from "../../server/chain/operator/market.ts";
import { RpcError } from "../../server/chain/rpc/errors.ts";

const GWEI = 1_000_000_000n;
const wei = (most: bigint) => fc.bigInt({ min: 0n, max: most * GWEI });
const cap = () => fc.bigInt({ min: GWEI, max: 1_000n * GWEI });
const market = (): fc.Arbitrary<Market> =>
  fc.record({ baseFee: fc.option(wei(2_000n), { nil: undefined }), tip: fc.array(wei(300n)).map(tipOf) });

describe("what the operator offers for gas", () => {
  it("is never above the cap, and never more on top than in all", () =>
    fc.assert(
      fc.property(market(), cap(), (now, most) => {
        const offer = offerFor(now, most);
        if (offer === undefined) return;
        ok(offer.maxFeePerGas <= most);
        ok(offer.maxPriorityFeePerGas <= offer.maxFeePerGas);
      }),
    ));

  it("is nothing only while gas costs more than the cap", () =>
    fc.assert(
      fc.property(market(), cap(), (now, most) => {
        const offer = offerFor(now, most);
        if (priceOf(now) <= most) ok(offer !== undefined);
        if ((now.baseFee ?? now.tip) > most) equal(offer, undefined);
        if (offer && now.baseFee !== undefined) ok(offer.maxFeePerGas >= now.baseFee + offer.maxPriorityFeePerGas);
      }),
    ));

  it("is still enough after five full blocks, as far as the cap allows", () =>
    fc.assert(
      fc.property(wei(500n), cap(), (baseFee, most) => {
        const offer = offerFor({ baseFee, tip: USUAL_TIP }, most);
        const later = [1, 2, 3, 4, 5].reduce((fee) => fee + fee / 8n, baseFee);
        if (offer && offer.maxFeePerGas < most) ok(offer.maxFeePerGas >= later);
      }),
    ));

  it("takes the middle of what the last blocks were paid, and a usual tip where they were empty", () => {
    equal(tipOf([0n, 2n * GWEI, 90n * GWEI, 3n * GWEI]), 3n * GWEI);
    equal(tipOf([0n, 0n]), USUAL_TIP);
    equal(tipOf([]), USUAL_TIP);
    equal(tipOf([1n, 1n, 1n]), 1_000_000n);
    equal(tipOf([5_000n * GWEI]), 100n * GWEI);
  });
});

describe("a replacement of the operator", () => {
  const sent = () =>
    fc.tuple(market(), cap()).chain(([before, most]) => {
      const offer = offerFor(before, most);
      return offer ? fc.record({ offer: fc.constant(offer), before: fc.constant(before) }) : fc.constant(undefined);
    });

  it("offers at least an eighth more of both, at least what one sent now would, and never more than the cap", () =>
    fc.assert(
      fc.property(sent(), market(), cap(), (first, now, most) => {
        const next = first && raised(first.offer, now, most);
        if (!first || !next) return;
        ok(next.maxFeePerGas * 8n >= first.offer.maxFeePerGas * 9n);
        ok(next.maxPriorityFeePerGas * 8n >= first.offer.maxPriorityFeePerGas * 9n);
        ok(next.maxFeePerGas <= most);
        ok(next.maxPriorityFeePerGas <= next.maxFeePerGas);
        ok(!isOutbid(next, now, most));
      }),
    ));

  it("is not made where an eighth more is above the cap, or gas is", () => {
    const offer = { maxFeePerGas: 46n * GWEI, maxPriorityFeePerGas: GWEI };
    equal(raised(offer, { baseFee: 48n * GWEI, tip: GWEI }, 50n * GWEI), undefined);
    equal(raised({ ...offer, maxFeePerGas: 2n * GWEI }, { baseFee: 60n * GWEI, tip: GWEI }, 50n * GWEI), undefined);
    deepEqual(raised({ ...offer, maxFeePerGas: 2n * GWEI }, { baseFee: 48n * GWEI, tip: GWEI }, 50n * GWEI), {
      maxFeePerGas: 50n * GWEI,
      maxPriorityFeePerGas: 1_125_000_000n,
    });
  });

  it("is wanted exactly where one sent now would pay more", () => {
    const offer = { maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI };
    equal(isOutbid(offer, { baseFee: 4n * GWEI, tip: GWEI }, 50n * GWEI), false);
    equal(isOutbid(offer, { baseFee: 9n * GWEI, tip: GWEI }, 50n * GWEI), false);
    equal(isOutbid(offer, { baseFee: 9n * GWEI, tip: GWEI + 1n }, 50n * GWEI), true);
    equal(isOutbid(offer, { baseFee: 12n * GWEI, tip: GWEI }, 50n * GWEI), true);
    equal(isOutbid(offer, { baseFee: 60n * GWEI, tip: GWEI }, 50n * GWEI), false);
    equal(isOutbid(offer, { baseFee: undefined, tip: 11n * GWEI }, 50n * GWEI), true);
    equal(isOutbid(offer, { baseFee: undefined, tip: 10n * GWEI }, 50n * GWEI), false);
  });
});

describe("the market, as nodes tell of it", () => {
  const block = { baseFeePerGas: "0x64", gasLimit: "0x1c9c380" };
  const unknown = new RpcError("refused", "the method eth_feeHistory does not exist");

  it("the base fee is the next block's, the tip that of the last blocks' middle", () => {
    const history = { baseFeePerGas: ["0x64", "0x70"], reward: [["0x3b9aca00"], ["0x77359400"], ["0x0"]] };
    deepEqual(toGasNow([block, history, "0x1"]), {
      market: { baseFee: 112n, tip: GWEI },
      blockGasLimit: 30_000_000n,
    });
  });

  it("a node without eth_feeHistory: the newest block's base fee, and a usual tip", () =>
    deepEqual(toGasNow([block, unknown, "0x1"]).market, { baseFee: 100n, tip: USUAL_TIP }));

  it("a chain without base fee: one price", () => {
    deepEqual(toGasNow([{ gasLimit: "0x1c9c380" }, unknown, "0x12a05f200"]).market, {
      baseFee: undefined,
      tip: 5n * GWEI,
    });
    throws(() => toGasNow([{ gasLimit: "0x1c9c380" }, unknown, new RpcError("limited", "later")]), /later/);
  });

  it("a node without a newest block is behind", () => throws(() => toGasNow([null, unknown, "0x1"]), RpcError));
});
