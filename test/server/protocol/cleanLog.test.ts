import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeAbiParameters, encodeEventTopics, type Hex } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { readClean } from "../../../server/protocol/cleanLog.ts";
import { decodeAgain, decodeByAbi, decodeLog, type RawLog } from "../../../server/protocol/decode.ts";
import { type EscrowDomain, packTerms, type Terms, termsHash } from "../../../server/protocol/terms.ts";
import { account, bytes, domain, terms, uint, wideTerms } from "./arbitraries.ts";

/** The events that are read by place, with what their data and topics hold. */
const amountOf = (name: string) => fc.tuple(fc.constant(name), fc.tuple(bytes(32)), fc.tuple(uint(256n)));
const moved = (name: string) =>
  fc.tuple(fc.constant(name), fc.tuple(account(), account()), fc.tuple(account(), uint(256n)));
const simple = () =>
  fc.oneof(
    ...["Released", "Voided", "Reclaimed", "Refunded", "ReturnCredited"].map(amountOf),
    ...["Withdrawn", "Deposited"].map(moved),
    fc.tuple(fc.constant("Captured"), fc.tuple(bytes(32)), fc.tuple(uint(256n), uint(40n))),
  );

function encoded(name: string, indexed: readonly unknown[], values: readonly unknown[]): RawLog {
  const event = escrowAbi.find((entry) => entry.type === "event" && entry.name === name);
  assert.ok(event?.type === "event");
  const named = event.inputs.filter((input) => input.indexed).map((input, at) => [input.name, indexed[at]]);
  const topics = encodeEventTopics({ abi: [event], eventName: name, args: Object.fromEntries(named) } as never);
  const data = encodeAbiParameters(event.inputs.filter((input) => !input.indexed) as never, values as never);
  return { topics: topics as Hex[], data };
}
const authorized = (place: EscrowDomain, agreed: Terms, route = 3): RawLog =>
  encoded("Authorized", [termsHash(place, agreed)], [packTerms(agreed), route]);

const place: EscrowDomain = { chainId: 31_337, escrow: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const some = (): fc.Arbitrary<RawLog> =>
  fc.oneof(
    simple().map(([name, indexed, values]) => encoded(name, indexed, values)),
    terms().map((agreed) => authorized(place, agreed)),
    wideTerms().map((agreed) => authorized(place, agreed)),
  );

/** Ways to spoil a log that a node, or another contract at the address, could think of. */
const replaced = (text: string, at: number, by: string): Hex => `${text.slice(0, at)}${by}${text.slice(at + 1)}` as Hex;
const placeIn = (text: string, part: number): number => 2 + Math.floor(part * Math.max(1, text.length - 2));
const spoilt = (log: RawLog): fc.Arbitrary<RawLog> =>
  fc.oneof(
    fc
      .tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constantFrom(..."0123456789abcdefFg-x"))
      .map(([part, digit]) => ({ ...log, data: replaced(log.data, placeIn(log.data, part), digit) })),
    // The places where values are padded, lengths and offsets stand.
    fc
      .tuple(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: 63 }), fc.constantFrom(..."1f"))
      .map(([word, digit, by]) => ({
        ...log,
        data: replaced(log.data, Math.min(2 + word * 64 + digit, log.data.length), by),
      })),
    fc.integer({ min: 0, max: log.data.length }).map((length) => ({ ...log, data: log.data.slice(0, length) as Hex })),
    bytes(32).map((word) => ({ ...log, data: `${log.data}${word.slice(2)}` as Hex })),
    bytes(32).map((word) => ({ ...log, topics: [...log.topics, word] })),
    fc.integer({ min: 0, max: 3 }).map((at) => ({ ...log, topics: log.topics.filter((_, index) => index !== at) })),
    fc.tuple(fc.integer({ min: 0, max: 2 }), bytes(32)).map(([at, word]) => ({
      ...log,
      topics: log.topics.map((topic, index) => (index === at ? word : topic)),
    })),
    fc.constant({ ...log, data: log.data.toUpperCase().replace("0X", "0x") as Hex }),
    fc.constant({ ...log, topics: log.topics.map((topic) => topic.slice(0, -2) as Hex) }),
  );

describe("readClean", () => {
  it("reads what the contract writes, and as the ABI does", () =>
    fc.assert(
      fc.property(some(), (log) => {
        const clean = readClean(log, place);
        assert.ok(clean);
        assert.deepEqual(clean, decodeByAbi(log, place));
      }),
    ));

  it("reads terms of the escrow they are hashed for, and of no other", () =>
    fc.assert(
      fc.property(domain(), terms(), (other, agreed) => {
        assert.deepEqual(readClean(authorized(other, agreed), other)?.kind, "authorized");
        assert.equal(readClean(authorized({ ...other, chainId: other.chainId + 1 }, agreed), other), undefined);
      }),
    ));

  it("reads a log that was proven as it did then", () =>
    fc.assert(fc.property(some(), (log) => assert.deepEqual(decodeAgain(log, place), decodeLog(log, place)))));

  it("never says anything else of a log than the ABI, whatever is wrong with it", () =>
    fc.assert(
      fc.property(some().chain(spoilt), (log) => assert.deepEqual(decodeLog(log, place), decodeByAbi(log, place))),
      { numRuns: 2_000 },
    )).timeout(30_000);
});
