import assert from "node:assert/strict";
import fc from "fast-check";
import { getAddress, zeroAddress } from "viem";
import { FIXED, LEG_KIND, type Leg, type Terms } from "../../../server/protocol/terms.ts";
import { validateTerms } from "../../../server/protocol/validateTerms.ts";
import { NOW_S, terms } from "./arbitraries.ts";

const DAY_S = 86_400;
const escrow = getAddress(`0x${"5e".repeat(20)}`);
const someone = getAddress(`0x${"50".repeat(20)}`);
const leg = (share: bigint, kind: number): Leg => ({ account: someone, share, kind });

const good: Terms = {
  payer: someone,
  operator: someone,
  token: getAddress(`0x${"70".repeat(20)}`),
  amount: 100n,
  authorizeBy: NOW_S + 1,
  captureBy: NOW_S + 180 * DAY_S,
  releaseDelay: 90 * DAY_S,
  arbiter: zeroAddress,
  rulingTime: 0,
  defaultToPayerPpm: 1_000_000,
  flags: 3,
  agreement: `0x${"00".repeat(32)}`,
  legs: [leg(900_000n, LEG_KIND.merchant), leg(100n, LEG_KIND.carrier | FIXED), leg(100_000n, LEG_KIND.platform)],
  salt: 0n,
};
const [merchant, carrier, platform] = good.legs as [Leg, Leg, Leg];
const judge = getAddress(`0x${"1d".repeat(20)}`);
const judged: Partial<Terms> = { arbiter: judge, rulingTime: DAY_S };
const whole = { ...merchant, share: 1_000_000n };
const at = (party: Leg, account: Leg["account"]): Leg => ({ ...party, account });

describe("validateTerms", () => {
  it("takes valid terms, up to the last allowed second and unit", () => {
    assert.equal(validateTerms(good, NOW_S, escrow), undefined);
    for (const rulingTime of [DAY_S, 90 * DAY_S])
      assert.equal(validateTerms({ ...good, ...judged, rulingTime }, NOW_S, escrow), undefined);
    fc.assert(fc.property(terms(), (terms) => assert.equal(validateTerms(terms, NOW_S, escrow), undefined)));
  });

  const limit = NOW_S + 180 * DAY_S;
  const refused: [Partial<Terms>, string][] = [
    [{ amount: 1n << 104n }, "TermsDirty()"],
    [{ flags: -1 }, "TermsDirty()"],
    [{ amount: 0n }, "AmountZero()"],
    [{ authorizeBy: NOW_S }, `AuthorizeClosed(${NOW_S}, ${NOW_S})`],
    [{ captureBy: NOW_S }, `CaptureByOutOfRange(${NOW_S}, ${NOW_S + 1}, ${limit})`],
    [{ captureBy: limit + 1 }, `CaptureByOutOfRange(${limit + 1}, ${NOW_S + 1}, ${limit})`],
    [{ releaseDelay: 90 * DAY_S + 1 }, `ReleaseDelayTooLong(${90 * DAY_S + 1}, ${90 * DAY_S})`],
    [{ rulingTime: 1 }, "RulingTimeWithoutArbiter(1)"],
    [{ defaultToPayerPpm: 1_000_001 }, "PpmAboveWhole(1000001, 1000000)"],
    [{ flags: 4 }, "FlagsUnknown(4, 3)"],
    [{ ...judged, releaseDelay: 0 }, `ArbiterNeedsDelay(${judge})`],
    [{ ...judged, rulingTime: DAY_S - 1 }, `RulingTimeOutOfRange(${DAY_S - 1}, ${DAY_S}, ${90 * DAY_S})`],
    [{ ...judged, rulingTime: 90 * DAY_S + 1 }, `RulingTimeOutOfRange(${90 * DAY_S + 1}, ${DAY_S}, ${90 * DAY_S})`],
    [{ ...judged, arbiter: escrow }, `AddressRefused(${escrow})`],
    [{ ...judged, payer: judge }, `ArbiterIsParty(${judge})`],
    [{ ...judged, operator: judge }, `ArbiterIsParty(${judge})`],
    [{ ...judged, legs: [at(merchant, judge), platform] }, `ArbiterIsParty(${judge})`],
    [{ ...judged, legs: [merchant, at(platform, judge)] }, `ArbiterIsParty(${judge})`],
    [{ payer: zeroAddress }, `AddressRefused(${zeroAddress})`],
    [{ operator: escrow }, `AddressRefused(${escrow})`],
    [{ payer: good.token }, `AddressRefused(${good.token})`],
    [{ legs: [] }, "LegCountOutOfRange(0, 10)"],
    [{ legs: [whole, ...Array.from({ length: 10 }, () => platform)] }, "LegCountOutOfRange(11, 10)"],
    [{ amount: 0n, flags: 4, legs: Array.from({ length: 11 }, () => whole) }, "LegCountOutOfRange(11, 10)"],
    [{ legs: [platform, merchant] }, "LegKindRefused(0, 5)"],
    [{ legs: [{ ...whole, kind: LEG_KIND.merchant | FIXED }] }, "LegKindRefused(0, 129)"],
    [{ legs: [merchant, { ...platform, kind: LEG_KIND.merchant }] }, "LegKindRefused(1, 1)"],
    [{ legs: [merchant, { ...carrier, kind: LEG_KIND.merchant | FIXED }, platform] }, "LegKindRefused(1, 129)"],
    [{ legs: [merchant, { ...platform, kind: 6 }] }, "LegKindRefused(1, 6)"],
    [{ legs: [merchant, { ...platform, kind: 0 }] }, "LegKindRefused(1, 0)"],
    [{ legs: [merchant, { ...carrier, share: 0n }, platform] }, "LegZero(1)"],
    [{ legs: [merchant, platform, carrier] }, "LegOutOfOrder(2)"],
    [{ legs: [merchant, { ...carrier, share: 101n }, platform] }, "FixedAboveAmount(101, 100)"],
    [{ legs: [merchant, { ...platform, share: 1_000_001n }] }, "PpmAboveWhole(1000001, 1000000)"],
    [{ legs: [whole, platform] }, "MerchantShareWrong(1000000, 900000)"],
    [{ legs: [at(merchant, zeroAddress), platform] }, `AddressRefused(${zeroAddress})`],
    [{ legs: [merchant, at(platform, escrow)] }, `AddressRefused(${escrow})`],
    [{ agreement: `0x${"01".repeat(32)}` }, `AgreementNotActive(0x${"01".repeat(32)})`],
    [{ legs: [merchant, at(carrier, good.token), platform] }, `AddressRefused(${good.token})`],
  ];
  for (const [fields, error] of refused) {
    it(`refuses with ${error}`, () => assert.equal(validateTerms({ ...good, ...fields }, NOW_S, escrow), error));
  }

  it("compares addresses whatever their letters' case", () => {
    const payer = escrow.toLowerCase();
    assert.ok(payer.startsWith("0x"));
    assert.equal(validateTerms({ ...good, payer: `0x${payer.slice(2)}` }, NOW_S, escrow), `AddressRefused(${escrow})`);
  });
});
