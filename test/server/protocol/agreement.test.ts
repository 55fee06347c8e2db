import assert from "node:assert/strict";
import { TypedDataEncoder } from "ethers";
import fc from "fast-check";
import {
  AGREEMENT_FIELDS,
  agreementFromJson,
  agreementHash,
  agreementToJson,
  channelWord,
  PARTY_FIELDS,
  signatoriesOf,
} from "../../../server/protocol/agreement.ts";
import { ESCROW_NAME, ESCROW_VERSION } from "../../../server/protocol/terms.ts";
import { account, domain, wideAgreement } from "./arbitraries.ts";

describe("agreements", () => {
  it("have the id that ethers computes of their typed form", () =>
    fc.assert(
      fc.property(domain(), wideAgreement(), (domain, agreement) => {
        const { chainId, escrow: verifyingContract } = domain;
        const place = { name: ESCROW_NAME, version: ESCROW_VERSION, chainId, verifyingContract };
        const types = { Agreement: [...AGREEMENT_FIELDS], Party: [...PARTY_FIELDS] };
        assert.equal(agreementHash(domain, agreement), TypedDataEncoder.hash(place, types, agreement));
      }),
    ));

  it("have another id with another version, another text or in another place", () =>
    fc.assert(
      fc.property(domain(), wideAgreement(), (domain, agreement) => {
        const ids = [
          agreementHash(domain, agreement),
          agreementHash(domain, { ...agreement, version: (agreement.version + 1) % 2 ** 32 }),
          agreementHash(domain, { ...agreement, text: `${agreement.text}.` }),
          agreementHash({ ...domain, chainId: domain.chainId + 1 }, agreement),
        ];
        assert.equal(new Set(ids).size, ids.length);
      }),
    ));

  it("are refused for hashing where a field does not fit", () => {
    const [some] = fc.sample(wideAgreement(), { numRuns: 1, seed: 1 });
    assert.ok(some);
    const place = { chainId: 1, escrow: some.merchant };
    assert.throws(() => agreementHash(place, { ...some, version: 2 ** 32 }));
    assert.throws(() => agreementHash(place, { ...some, validUntil: -1 }));
  });

  it("survive JSON", () =>
    fc.assert(
      fc.property(wideAgreement(), (agreement) => {
        const json = JSON.parse(JSON.stringify(agreementToJson(agreement)));
        assert.deepEqual(agreementFromJson(json), agreement);
      }),
    ));

  it("name a channel by its id, at the end of the word", () => {
    const word = `0x${"00".repeat(16)}0190a0a0000070008000000000000000`;
    assert.equal(channelWord("0190a0a0-0000-7000-8000-000000000000"), word);
  });

  it("ask each account once, whatever its parts and however it is written", () =>
    fc.assert(
      fc.property(wideAgreement(), account(), (agreement, both) => {
        const lower = both.toLowerCase() as typeof both;
        const parties = agreement.parties.map((party, at) => (at < 2 ? { ...party, account: lower } : party));
        const asked = signatoriesOf({ ...agreement, merchant: both, parties });
        const everybody = [agreement.operator, both, ...parties.map(({ account }) => account)];
        const lowered = (accounts: readonly string[]) => accounts.map((each) => each.toLowerCase());
        assert.deepEqual(lowered(asked), [...new Set(lowered(everybody))]);
      }),
    ));
});
