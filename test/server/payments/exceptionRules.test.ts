import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  EXCEPTION_STATES,
  exceptionState,
  standingOf,
  variantKind,
} from "../../../server/modules/payments/exceptionRules.ts";
import { NOTHING_PAID, type PaymentSnapshot, snapshotOf } from "../../../server/modules/payments/rules.ts";
import { foldOrder } from "../../../server/protocol/fold.ts";
import { account, amount } from "../protocol/arbitraries.ts";
import { order } from "../protocol/histories.ts";

const price = () => fc.record({ token: account(), amount: amount() });

/** What a chain can say of terms, at any moment of their life, with what was paid by them. */
const payment = (): fc.Arbitrary<{ paid: bigint; payment: PaymentSnapshot }> =>
  fc.tuple(order(), fc.nat(), fc.constantFrom("seen", "confirmed", "final")).map(([{ events }, length, confidence]) => {
    const fold = foldOrder(events.slice(0, 1 + (length % events.length)));
    ok(fold);
    return { paid: fold.terms?.amount ?? 0n, payment: snapshotOf(fold, confidence) };
  });

describe("variantKind", () => {
  it("names terms like an order's by their amount, and knows nothing of other tokens", () =>
    fc.assert(
      fc.property(price(), amount(), (own, other) => {
        const kind = (terms: typeof own) => variantKind(terms, { ...own, isPaid: false });
        equal(kind(own), "altered");
        const expected = other < own.amount ? "underpaid" : other > own.amount ? "overpaid" : "altered";
        equal(kind({ ...own, amount: other }), expected);
        const foreign = own.token.startsWith("0x00")
          ? "0x1111111111111111111111111111111111111111"
          : `0x00${own.token.slice(4)}`;
        equal(kind({ token: foreign as typeof own.token, amount: other }), "altered");
      }),
    ));

  it("is a duplicate whenever the order is paid, and unknown exactly without an order", () =>
    fc.assert(
      fc.property(price(), price(), fc.boolean(), (terms, own, isPaid) => {
        equal(variantKind(terms, undefined), "unknown");
        equal(variantKind(terms, { ...own, isPaid }) === "duplicate", isPaid);
      }),
    ));
});

describe("standingOf", () => {
  it("loses nothing: what is due, is back, or is with the payees is what was paid", () =>
    fc.assert(
      fc.property(payment(), fc.constantFrom("underpaid" as const, "late" as const), ({ paid, payment }, kind) => {
        const { due, returned, taken, exists } = standingOf(kind, payment);
        ok(exists);
        ok(due >= 0n && returned >= 0n && due + returned <= paid);
        equal(taken, due + returned < paid);
      }),
    ));

  it("holds what is captured for due only where our own terms were paid", () =>
    fc.assert(
      fc.property(payment(), ({ payment }) => {
        equal(standingOf("late", payment).due, payment.held + payment.captured);
        equal(standingOf("altered", payment).due, payment.held);
      }),
    ));

  it("is nothing where nothing was paid", () => {
    const { due, returned, exists, taken } = standingOf("late", NOTHING_PAID);
    deepEqual([due, returned, exists, taken], [0n, 0n, false, false]);
  });
});

describe("exceptionState", () => {
  const earlier = () => fc.option(fc.constantFrom(...EXCEPTION_STATES), { nil: undefined });

  it("asks the operator for what is due and confirmed, and for nothing else", () =>
    fc.assert(
      fc.property(payment(), earlier(), fc.boolean(), ({ payment }, from, isReturnable) => {
        const standing = standingOf("altered", payment);
        const state = exceptionState(from, standing, isReturnable);
        if (state !== "returning" || from === "returning") return;
        ok(isReturnable && standing.due > 0n && standing.isReliable);
      }),
    ));

  it("leaves nothing open for ever: what is confirmed has its end, whatever it was before", () =>
    fc.assert(
      fc.property(payment(), earlier(), fc.boolean(), ({ payment }, from, isReturnable) => {
        const standing = standingOf("late", { ...payment, confidence: "confirmed" });
        const state = exceptionState(from, standing, isReturnable);
        ok(state !== "open" && state !== "gone");
        equal(standing.due === 0n, state === "returned" || state === "taken");
        if (state === "returned") equal(standing.taken, false);
      }),
    ));

  it("goes with its payment, from anywhere", () =>
    fc.assert(
      fc.property(earlier(), fc.boolean(), (from, isReturnable) => {
        equal(exceptionState(from, standingOf("late", NOTHING_PAID), isReturnable), "gone");
      }),
    ));
});
