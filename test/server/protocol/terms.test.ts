import assert from "node:assert/strict";
import { TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { hashTypedData, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  packTerms,
  type Terms,
  termsFromJson,
  termsHash,
  termsToJson,
  unpackTerms,
} from "../../../server/protocol/terms.ts";
import {
  receiveAuthorizationTypedData,
  releaseTypedData,
  type TypedDataJson,
  termsTypedData,
} from "../../../server/protocol/typedData.ts";
import { bytes, domain, NOW_S, terms, uint, wideTerms } from "./arbitraries.ts";

const ethersHash = ({ domain, types: { EIP712Domain: _, ...types }, message }: TypedDataJson): string =>
  TypedDataEncoder.hash(domain, types, message);
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("terms", () => {
  it("have one id for us, viem and ethers", () =>
    fc.assert(
      fc.property(domain(), fc.oneof(terms(), wideTerms()), (domain, terms) => {
        const typed = throughJson(termsTypedData(domain, terms));
        const id = termsHash(domain, terms);
        assert.equal(id, hashTypedData(typed));
        assert.equal(id, ethersHash(typed));
      }),
    ));

  it("have another id on another chain, at another address, with another salt", () =>
    fc.assert(
      fc.property(domain(), terms(), (domain, terms) => {
        const ids = [
          termsHash(domain, terms),
          termsHash({ ...domain, chainId: domain.chainId + 1 }, terms),
          termsHash({ ...domain, escrow: terms.payer }, terms),
          termsHash(domain, { ...terms, salt: terms.salt ^ 1n }),
        ];
        assert.equal(new Set(ids).size, ids.length);
      }),
    ));

  it("survive the wire, whatever fills their fields", () =>
    fc.assert(fc.property(wideTerms(), (terms) => assert.deepEqual(unpackTerms(packTerms(terms)), terms))));

  it("survive JSON", () =>
    fc.assert(
      fc.property(wideTerms(), (terms) => assert.deepEqual(termsFromJson(throughJson(termsToJson(terms))), terms)),
    ));

  it("are refused on the wire and for hashing where a field is too wide, negative or broken", () => {
    const [some] = fc.sample(terms(), { numRuns: 1, seed: 1 });
    assert.ok(some);
    const [place] = fc.sample(domain(), { numRuns: 1, seed: 1 });
    assert.ok(place);
    const wrong: Partial<Terms>[] = [
      { amount: 1n << 104n },
      { amount: -1n },
      { authorizeBy: 2 ** 40 },
      { captureBy: NOW_S + 0.5 },
      { releaseDelay: -1 },
      { rulingTime: 2 ** 32 },
      { defaultToPayerPpm: 2 ** 24 },
      { flags: 256 },
      { salt: 1n << 256n },
      { legs: some.legs.map((leg) => ({ ...leg, share: 1n << 88n })) },
      { legs: some.legs.map((leg) => ({ ...leg, kind: 256 })) },
    ];
    for (const fields of wrong) {
      assert.throws(() => packTerms({ ...some, ...fields }), RangeError);
      assert.throws(() => termsHash(place, { ...some, ...fields }));
    }
  });

  it("are refused on the wire with a salt that would run out of its word, though they could be hashed", () => {
    const [some] = fc.sample(terms(), { numRuns: 1, seed: 2 });
    assert.ok(some);
    assert.throws(() => packTerms({ ...some, salt: 1n << 152n }), /salt .* 152 bits/);
  });

  it("are refused from the wire with bits above the schedule", () =>
    fc.assert(
      fc.property(wideTerms(), (terms) => {
        const wire = packTerms(terms);
        assert.throws(() => unpackTerms({ ...wire, schedule: wire.schedule | (1n << 176n) }), RangeError);
      }),
    ));
});

describe("typed data", () => {
  const wallet = privateKeyToAccount(`0x${"11".repeat(32)}`);

  it("of a release hashes alike in viem and ethers", () =>
    fc.assert(
      fc.property(domain(), bytes(32), uint(104n), uint(256n), (domain, id, captured, nonce) => {
        const typed = throughJson(releaseTypedData(domain, { id, captured, nonce, deadline: NOW_S }));
        assert.equal(hashTypedData(typed), ethersHash(typed));
      }),
    ));

  it("of a token authorization carries the order's id as nonce and hashes alike in viem and ethers", () =>
    fc.assert(
      fc.property(domain(), terms(), (domain, terms) => {
        const token = { name: "Test USD", version: "1", chainId: domain.chainId, address: terms.operator };
        const typed = throughJson(receiveAuthorizationTypedData(token, domain, terms));
        assert.equal(typed.message.nonce, termsHash(domain, terms));
        assert.equal(typed.message.validBefore, String(terms.authorizeBy));
        assert.equal(hashTypedData(typed), ethersHash(typed));
      }),
    ));

  it("is what a wallet signs, as it stands", async () => {
    const [place] = fc.sample(domain(), { numRuns: 1, seed: 7 });
    const [some] = fc.sample(terms(), { numRuns: 1, seed: 7 });
    assert.ok(place && some);
    const typed = termsTypedData(place, some);
    const signature = await wallet.signTypedData(typed);
    assert.equal(await recoverTypedDataAddress({ ...typed, signature }), wallet.address);
  });
});
