import assert from "node:assert/strict";
import fc from "fast-check";
import type { Address } from "viem";
import {
  faultSentence,
  mostFreight,
  ratesWithin,
  shownState,
  stateOf,
} from "../../../server/modules/agreements/rules.ts";
import type { Share } from "../../../server/modules/settlement/index.ts";
import type { Party } from "../../../server/protocol/agreement.ts";
import { LEG_KIND } from "../../../server/protocol/terms.ts";
import { wallet } from "../../support/wallets.ts";
import { record } from "../protocol/arbitraries.ts";

const [channel, agent, carrier, platform, newcomer] = [1, 2, 3, 4, 5].map((at) => wallet(at).address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const WHOLE = 1_000_000;
const party = (kind: number, account: Address, leastPpm: number, mostPpm: number, mostFixed = 0n): Party => ({
  ...{ kind, account, leastPpm, mostPpm, mostFixed },
});
const wish = (kind: number, account: Address, ppm: number): Share => ({ kind, account, ppm });

const usual = {
  parties: [
    party(LEG_KIND.platform, platform, 10_000, 30_000),
    party(LEG_KIND.channel, channel, 50_000, 80_000),
    party(LEG_KIND.agent, agent, 0, 20_000),
    party(LEG_KIND.carrier, carrier, 0, 0, 500n),
  ],
};

describe("the rates of an order under an agreement", () => {
  it("are what the house wishes, inside what was signed, in the order of kinds", () => {
    const wishes = [
      wish(LEG_KIND.channel, channel, 60_000),
      wish(LEG_KIND.agent, agent, 50_000),
      wish(LEG_KIND.platform, platform, 1),
    ];
    assert.deepEqual(ratesWithin(usual, wishes), [
      wish(LEG_KIND.channel, channel, 60_000),
      wish(LEG_KIND.agent, agent, 20_000),
      wish(LEG_KIND.platform, platform, 10_000),
    ]);
  });

  it("pay the least share without a wish, and nobody who has none", () => {
    assert.deepEqual(ratesWithin(usual, []), [
      wish(LEG_KIND.channel, channel, 50_000),
      wish(LEG_KIND.platform, platform, 10_000),
    ]);
  });

  it("follow a channel to the account it signed with, but never an agent", () => {
    const wishes = [wish(LEG_KIND.channel, newcomer, 70_000), wish(LEG_KIND.agent, newcomer, 20_000)];
    assert.deepEqual(ratesWithin(usual, wishes).slice(0, -1), [wish(LEG_KIND.channel, channel, 70_000)]);
  });

  it("give one wish to one party only", () => {
    const parties = [party(LEG_KIND.channel, newcomer, 0, 90_000), party(LEG_KIND.channel, channel, 0, 90_000)];
    const wishes = [wish(LEG_KIND.channel, channel, 80_000)];
    assert.deepEqual(ratesWithin({ parties }, wishes), wishes);
    assert.deepEqual(ratesWithin({ parties }, [wish(LEG_KIND.channel, agent, 80_000)]), [
      wish(LEG_KIND.channel, newcomer, 80_000),
    ]);
  });

  it("stay in every range and in the whole, whatever is signed and wished", () => {
    const ppm = fc.oneof(fc.nat(WHOLE), fc.constantFrom(0, WHOLE));
    const signed = record({
      kind: fc.integer({ min: 2, max: 5 }),
      account: fc.constantFrom(channel, agent, carrier, platform),
      range: fc.tuple(ppm, ppm),
    }).map(({ kind, account, range: [a, b] }) => party(kind, account, Math.min(a, b), Math.max(a, b), 1n));
    const parties = fc
      .uniqueArray(signed, { maxLength: 9, selector: ({ kind, account }) => `${kind}${account}` })
      .filter((all) => all.reduce((sum, { leastPpm }) => sum + leastPpm, 0) <= WHOLE);
    const wishes = fc.array(
      record({ kind: fc.integer({ min: 2, max: 5 }), account: fc.constantFrom(channel, agent, newcomer), ppm }),
    );
    fc.assert(
      fc.property(parties, wishes, (all, wanted) => {
        const rates = ratesWithin({ parties: all }, wanted);
        assert.ok(rates.reduce((sum, rate) => sum + rate.ppm, 0) <= WHOLE);
        for (const each of all) {
          const own = rates.filter((rate) => rate.kind === each.kind && rate.account === each.account);
          assert.ok(own.length <= 1);
          const got = own[0]?.ppm ?? 0;
          assert.ok(got >= each.leastPpm && got <= each.mostPpm, `${got} of ${each.leastPpm} to ${each.mostPpm}`);
        }
        assert.ok(rates.every((rate) => rate.ppm > 0));
      }),
      { numRuns: 500 },
    );
  });

  it("know how much freight a carrier may have", () => {
    assert.equal(mostFreight(usual, carrier), 500n);
    assert.equal(mostFreight(usual, newcomer), undefined);
  });
});

describe("the state of an agreement", () => {
  const times = { deadlineS: 100, validUntilS: 1_000 };

  it("is made by its logs, and by signatures before there are any", () => {
    const fold = { accepted: [], complete: false, revokedBy: undefined };
    assert.equal(stateOf(undefined, false), "draft");
    assert.equal(stateOf(undefined, true), "accepting");
    assert.equal(stateOf(fold, false), "accepting");
    assert.equal(stateOf({ ...fold, complete: true }, true), "active");
    assert.equal(stateOf({ ...fold, complete: true, revokedBy: agent }, true), "revoked");
  });

  it("expires with the time to sign, and once active with its validity", () => {
    assert.equal(shownState({ state: "draft", ...times }, 100), "draft");
    assert.equal(shownState({ state: "accepting", ...times }, 101), "expired");
    assert.equal(shownState({ state: "active", ...times }, 999), "active");
    assert.equal(shownState({ state: "active", ...times }, 1_000), "expired");
    assert.equal(shownState({ state: "revoked", ...times }, 1_000), "revoked");
  });
});

describe("a refusal of an agreement", () => {
  it("is said in a sentence, with people's counting", () => {
    const said: [string, RegExp][] = [
      ["PartyCountOutOfRange(10, 9)", /1 to 9 parties.*has 10/],
      ["PartyRepeated(1)", /Party 2 is there twice/],
      ["PartyRangeRefused(0)", /Party 1 could never earn/],
      ["LeastSharesAboveWhole(1000001, 1000000)", /sum to 1000001/],
      ["ValidityEmpty(5, 5)", /end before it begins/],
      ["TextTooLong(8193, 8192)", /8193 bytes; at most 8192/],
      [`AddressRefused(${agent})`, new RegExp(`${agent}.*cannot take part`)],
      ["AgreementNotStored()", /AgreementNotStored/],
    ];
    for (const [fault, sentence] of said) assert.match(faultSentence(fault), sentence);
  });
});
