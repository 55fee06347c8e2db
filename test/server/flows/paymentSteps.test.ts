import assert from "node:assert/strict";
import fc from "fast-check";
import { nextStep, type PaymentStep } from "../../../server/flows/paymentSteps.ts";
import { type OrderState, orderMachine } from "../../../server/modules/orders/rules.ts";
import type { PaymentSnapshot } from "../../../server/modules/payments/index.ts";
import { snapshotOf } from "../../../server/modules/payments/rules.ts";
import { foldOrder, type OrderFold } from "../../../server/protocol/fold.ts";
import { order } from "../protocol/histories.ts";

const LEADS_TO: Readonly<Record<PaymentStep, OrderState | undefined>> = {
  confirm: "confirmed",
  hold: "on_hold",
  resume: "confirmed",
  complete: "completed",
  reopen: "confirmed",
  cancel: "cancelled",
  return_money: undefined,
};

/** Where an order ends up with a payment. */
function settle(state: OrderState, payment: PaymentSnapshot): OrderState {
  for (let at = state, steps = 0; ; steps += 1) {
    assert.ok(steps < 4, `${state} never comes to rest`);
    const step = nextStep({ state: at }, payment);
    const next = step && LEADS_TO[step];
    if (next === undefined) return at;
    orderMachine.assert(at, next);
    at = next;
  }
}

const confidence = () => fc.constantFrom("seen", "confirmed", "final");

/** What a chain can say of an order that was authorized; now and then it makes no sense. */
const fold = (): fc.Arbitrary<OrderFold> =>
  fc
    .tuple(order(), fc.option(fc.constant("authorized twice"), { nil: undefined, freq: 8 }))
    .map(([{ events }, broken]) => {
      const folded = foldOrder(events);
      assert.ok(folded);
      return { ...folded, broken };
    });

describe("nextStep", () => {
  it("brings every order to rest, along its machine, whatever the chain says", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...orderMachine.states),
        fc.option(fold(), { nil: undefined, freq: 6 }),
        confidence(),
        (state, folded, sure) => {
          settle(state, snapshotOf(folded, sure));
        },
      ),
    ));

  it("does not depend on the way: any history of payments ends where the last one alone would", () =>
    fc.assert(
      fc.property(fc.array(fold(), { maxLength: 5 }), fold(), (earlier, last) => {
        const end = snapshotOf({ ...last, broken: undefined }, "confirmed");
        let state: OrderState = "confirmed";
        for (const each of earlier) state = settle(state, snapshotOf(each, "confirmed"));
        if (state === "cancelled") return;
        assert.equal(settle(state, end), settle("confirmed", end));
      }),
    ));

  it("relies on nothing that is only seen, but stops at once when a payment is gone", () => {
    fc.assert(
      fc.property(fc.constantFrom(...orderMachine.states), fold(), (state, folded) => {
        const seen = { ...snapshotOf(folded, "seen"), broken: null };
        assert.equal(settle(state, seen), state);
      }),
    );
    const gone = snapshotOf(undefined, "seen");
    assert.deepEqual(
      orderMachine.states.map((state) => settle(state, gone)),
      ["placed", "on_hold", "on_hold", "on_hold", "expired", "cancelled"],
    );
  });

  it("ends what waits for a payment whose terms were burnt, once that is sure", () => {
    const id = `0x${"33".repeat(32)}` as const;
    const burnt = (confidence: "seen" | "confirmed") => snapshotOf(foldOrder([{ kind: "cancelled", id }]), confidence);
    const ends = (confidence: "seen" | "confirmed") =>
      orderMachine.states.map((state) => settle(state, burnt(confidence)));
    assert.deepEqual(ends("seen"), ["placed", "on_hold", "on_hold", "on_hold", "expired", "cancelled"]);
    assert.deepEqual(ends("confirmed"), ["cancelled", "cancelled", "cancelled", "cancelled", "expired", "cancelled"]);
  });

  it("gives money back exactly when an order has ended and some of it is in the escrow", () =>
    fc.assert(
      fc.property(fc.constantFrom("expired" as const, "cancelled" as const), fold(), (state, folded) => {
        const payment = { ...snapshotOf(folded, "final"), broken: null };
        const inEscrow = payment.held + payment.captured > 0n;
        assert.equal(nextStep({ state }, payment), inEscrow ? "return_money" : undefined);
      }),
    ));
});
