import assert from "node:assert/strict";
import { Interface } from "ethers";
import fc from "fast-check";
import { type Hex, toHex } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { agreementHash } from "../../../server/protocol/agreement.ts";
import {
  type CreditEvent,
  decodeLog,
  isAgreementEvent,
  isCreditEvent,
  isOrderEvent,
  type RawLog,
} from "../../../server/protocol/decode.ts";
import { packSale } from "../../../server/protocol/sale.ts";
import { type EscrowDomain, packTerms, type Terms, termsHash } from "../../../server/protocol/terms.ts";
import { account, bytes, domain, NOW_S, terms, uint, wideAgreement, wideMandate } from "./arbitraries.ts";
import { creditEvent } from "./histories.ts";

const abi = new Interface(escrowAbi);
const isHex = (text: string): text is Hex => /^0x[0-9a-f]*$/i.test(text);
function hex(text: string): Hex {
  assert.ok(isHex(text));
  return text;
}

/** A log as ethers writes it, which has no code in common with what reads it. */
function log(name: string, values: readonly unknown[]): RawLog {
  const { topics, data } = abi.encodeEventLog(name, values);
  return { topics: topics.map(hex), data: hex(data) };
}
const authorizedLog = (id: Hex, terms: Terms): RawLog => log("Authorized", [id, packTerms(terms), 3]);

const place: EscrowDomain = { chainId: 31_337, escrow: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const some = (seed: number): Terms => {
  const [drawn] = fc.sample(terms(), { numRuns: 1, seed });
  assert.ok(drawn);
  return drawn;
};

describe("decodeLog", () => {
  it("reads the terms of an order back", () =>
    fc.assert(
      fc.property(domain(), terms(), (domain, terms) => {
        const id = termsHash(domain, terms);
        const event = decodeLog(authorizedLog(id, terms), domain);
        assert.deepEqual(event, { kind: "authorized", id, terms, route: 3 });
      }),
    ));

  it("reads every other event", () =>
    fc.assert(
      fc.property(bytes(32), uint(104n), account(), account(), account(), (id, amount, a, b, c) => {
        const read = (name: string, values: unknown[]) => decodeLog(log(name, values), place);
        assert.deepEqual(read("Captured", [id, amount, NOW_S]), { kind: "captured", id, amount, releaseAt: NOW_S });
        assert.deepEqual(read("Released", [id, amount]), { kind: "released", id, amount });
        assert.deepEqual(read("Voided", [id, amount]), { kind: "voided", id, amount });
        assert.deepEqual(read("Reclaimed", [id, amount]), { kind: "reclaimed", id, amount });
        assert.deepEqual(read("Refunded", [id, amount]), { kind: "refunded", id, amount });
        assert.deepEqual(read("ReturnCredited", [id, amount]), { kind: "return_credited", id, amount });
        assert.deepEqual(read("NonceUsed", [a, amount]), { kind: "nonce_used", account: a, nonce: amount });
        const [refundedReleased, deposited] = [
          { kind: "refunded_released", id, amount, fromCredit: amount / 2n },
          { kind: "deposited", account: a, token: b, from: c, amount },
        ];
        assert.deepEqual(read("RefundedReleased", [id, amount, amount / 2n]), refundedReleased);
        assert.deepEqual(read("Deposited", [a, b, c, amount]), deposited);
        const dispute = { kind: "disputed", id, round: 3, amount, rulingBy: NOW_S, evidence: id };
        assert.deepEqual(read("Disputed", [id, 3, amount, NOW_S, id]), dispute);
        const end = { kind: "resolved", id, round: 3, toPayer: amount, toLegs: 1n, by: 4 };
        assert.deepEqual(read("Resolved", [id, 3, amount, 1n, 4]), end);
        const withdrawn = { kind: "withdrawn", account: a, token: b, to: c, amount };
        assert.deepEqual(read("Withdrawn", [a, b, c, amount]), withdrawn);
      }),
    ));

  it("reads a mandate back, whatever its limits", () =>
    fc.assert(
      fc.property(account(), account(), account(), wideMandate(), (a, b, token, mandate) => {
        const event = decodeLog(log("MandateSet", [a, b, token, mandate]), place);
        assert.deepEqual(event, { kind: "mandate_set", account: a, spender: b, token, mandate });
      }),
    ));

  const distributedLog = ({ account, ref, sale, debited }: Extract<CreditEvent, { kind: "distributed" }>) =>
    log("Distributed", [account, ref, packSale(sale), debited]);

  it("reads a sale that was paid elsewhere back, and calls one whose debit is not its parts undecodable", () =>
    fc.assert(
      fc.property(creditEvent(), account(), (event, other) => {
        fc.pre(event.kind === "distributed");
        assert.deepEqual(decodeLog(distributedLog(event), place), event);
        const { sale } = event;
        const wrong: (typeof event)[] = [
          { ...event, debited: event.debited + 1n },
          { ...event, ref: place.escrow.padEnd(66, "0") as Hex },
          { ...event, sale: { ...sale, legs: [] } },
          { ...event, sale: { ...sale, legs: [...sale.legs, { account: other, share: 1_000_001n, kind: 2 }] } },
          ...(other === event.account ? [] : [{ ...event, account: other }]),
        ];
        for (const one of wrong) assert.equal(decodeLog(distributedLog(one), place).kind, "undecodable");
      }),
    ));

  it("reads an agreement back, and calls one that does not hash to its id undecodable", () =>
    fc.assert(
      fc.property(domain(), wideAgreement(), (domain, agreement) => {
        const agreementId = agreementHash(domain, agreement);
        const proposed = log("AgreementProposed", [agreementId, agreement]);
        assert.deepEqual(decodeLog(proposed, domain), { kind: "agreement_proposed", agreementId, agreement });
        assert.equal(decodeLog(proposed, { ...domain, chainId: domain.chainId + 1 }).kind, "undecodable");
      }),
    ));

  it("reads what becomes of agreements and of cancelled terms", () =>
    fc.assert(
      fc.property(bytes(32), account(), (id, account) => {
        const read = (name: string, values: unknown[]) => decodeLog(log(name, values), place);
        const [accepted, activated] = [read("AgreementAccepted", [id, account]), read("AgreementActivated", [id])];
        assert.deepEqual(accepted, { kind: "agreement_accepted", agreementId: id, account });
        assert.deepEqual(activated, { kind: "agreement_activated", agreementId: id });
        const revoked = read("AgreementRevoked", [id, account]);
        assert.deepEqual(revoked, { kind: "agreement_revoked", agreementId: id, account });
        assert.ok([accepted, activated, revoked].every((event) => isAgreementEvent(event) && !isOrderEvent(event)));
        const cancelled = read("Cancelled", [id]);
        assert.deepEqual(cancelled, { kind: "cancelled", id });
        assert.ok(isOrderEvent(cancelled) && !isAgreementEvent(cancelled));
      }),
    ));

  it("calls terms that do not hash to their id undecodable", () => {
    const terms = some(3);
    const id = termsHash(place, terms);
    const elsewhere = decodeLog(authorizedLog(id, terms), { ...place, chainId: 1 });
    const changed = decodeLog(authorizedLog(id, { ...terms, salt: terms.salt ^ 1n }), place);
    assert.equal(elsewhere.kind, "undecodable");
    assert.equal(changed.kind, "undecodable");
    assert.equal(decodeLog(authorizedLog(id, terms), place).kind, "authorized");
  });

  it("calls a schedule with dirty bits and a second beyond 40 bits undecodable", () => {
    const terms = some(4);
    const wire = packTerms(terms);
    const dirty = { ...wire, schedule: wire.schedule | (1n << 200n) };
    const id = termsHash(place, terms);
    assert.equal(decodeLog(log("Authorized", [id, dirty, 1]), place).kind, "undecodable");
    assert.equal(decodeLog(log("Captured", [id, 1n, 1n << 40n]), place).kind, "undecodable");
    assert.equal(decodeLog(log("Disputed", [id, 1n, 1n, 1n << 40n, id]), place).kind, "undecodable");
    assert.equal(decodeLog(log("Disputed", [id, 1n << 16n, 1n, NOW_S, id]), place).kind, "undecodable");
  });

  it("never throws on garbage, and says why", () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(bytes(32), bytes(31), fc.constant<Hex>("0x")), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 400 }).map((value) => toHex(value)),
        (topics, data) => {
          const event = decodeLog({ topics, data }, place);
          assert.ok(event.kind === "undecodable" && event.reason.length > 0);
        },
      ),
    ));

  it("never throws on a log of ours that was cut or had bytes overwritten", () => {
    const terms = some(5);
    const whole = authorizedLog(termsHash(place, terms), terms);
    const length = (whole.data.length - 2) / 2;
    const mangled = fc.record({ cut: fc.nat(length), at: fc.nat(length - 1), value: bytes(32) });
    fc.assert(
      fc.property(mangled, ({ cut, at, value }) => {
        const overwritten = `${whole.data.slice(0, 2 + at * 2)}${value.slice(2)}${whole.data.slice(66 + at * 2)}`;
        for (const data of [hex(overwritten), hex(overwritten.slice(0, 2 + cut * 2))]) {
          const event = decodeLog({ topics: whole.topics, data }, place);
          assert.ok(event.kind === "undecodable" || event.kind === "authorized");
          if (event.kind === "authorized") assert.deepEqual(event.terms, terms);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("tells events of an order from others", () => {
    const id = termsHash(place, some(6));
    assert.ok(isOrderEvent({ kind: "released", id, amount: 1n }));
    assert.ok(!isOrderEvent({ kind: "nonce_used", account: place.escrow, nonce: 1n }));
    assert.ok(!isCreditEvent({ kind: "nonce_used", account: place.escrow, nonce: 1n }));
    assert.ok(!isCreditEvent({ kind: "released", id, amount: 1n }));
    for (const event of fc.sample(creditEvent(), { numRuns: 20, seed: 7 }))
      assert.ok(isCreditEvent(event) && !isOrderEvent(event) && !isAgreementEvent(event));
    assert.ok(!isOrderEvent({ kind: "undecodable", reason: "no topics" }));
  });
});
