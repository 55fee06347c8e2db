import assert from "node:assert/strict";
import { IllegalTransition } from "../../../server/core/stateMachine.ts";
import {
  DISPLAY_STATUSES,
  displayStatus,
  type FulfilmentState,
  fulfilmentMachine,
  type OrderState,
  orderMachine,
} from "../../../server/modules/orders/rules.ts";
import type { PaymentState } from "../../../server/protocol/paymentState.ts";

const PAYMENTS: readonly PaymentState[] = [
  "pending",
  "authorized",
  "partially_captured",
  "captured",
  "released",
  "voided",
  "reclaimed",
  "refunded",
  "disputed",
  "cancelled",
];

/** What people read, by order and payment; `=` leaves it to the fulfilment. */
const MATRIX: Readonly<Record<OrderState, string>> = {
  //          pending          authorized       partly           captured         released         voided           reclaimed        refunded         disputed         cancelled
  placed:
    "pending_payment  pending_payment  pending_payment  pending_payment  pending_payment  pending_payment  pending_payment  pending_payment  pending_payment  pending_payment",
  confirmed:
    "=                =                =                =                =                refunded         refunded         refunded         disputed         =",
  completed:
    "settled          settled          settled          settled          settled          settled          settled          settled          disputed         settled",
  on_hold:
    "on_hold          on_hold          on_hold          on_hold          on_hold          on_hold          on_hold          on_hold          on_hold          on_hold",
  expired:
    "expired          expired          expired          expired          expired          refunded         refunded         refunded         expired          expired",
  cancelled:
    "cancelled        cancelled        cancelled        cancelled        cancelled        refunded         refunded         refunded         cancelled        cancelled",
};
const BY_FULFILMENT: Readonly<Record<FulfilmentState, string>> = {
  unfulfilled: "paid",
  allocated: "fulfilling",
  partially_shipped: "partially_shipped",
  shipped: "shipped",
  delivered: "delivered",
  returned: "delivered",
};

describe("displayStatus", () => {
  it("has one word for each combination", () => {
    const seen = new Set<string>();
    for (const order of orderMachine.states) {
      const words = MATRIX[order].split(/ +/);
      assert.equal(words.length, PAYMENTS.length);
      for (const [at, payment] of PAYMENTS.entries()) {
        for (const fulfilment of fulfilmentMachine.states) {
          const expected = words[at] === "=" ? BY_FULFILMENT[fulfilment] : words[at];
          const status = displayStatus(order, payment, fulfilment);
          assert.equal(status, expected, `${order}, ${payment}, ${fulfilment}`);
          seen.add(status);
        }
      }
    }
    assert.deepEqual([...seen].sort(), [...DISPLAY_STATUSES].sort());
  });
});

describe("the machines of an order", () => {
  it("have these steps and no other", () => {
    const steps = orderMachine.states.flatMap((from) =>
      orderMachine.states.filter((to) => orderMachine.can(from, to)).map((to) => `${from} ${to}`),
    );
    assert.deepEqual(steps.sort(), [
      "completed confirmed",
      "completed on_hold",
      "confirmed cancelled",
      "confirmed completed",
      "confirmed on_hold",
      "on_hold cancelled",
      "on_hold confirmed",
      "placed cancelled",
      "placed confirmed",
      "placed expired",
    ]);
    assert.throws(() => orderMachine.assert("cancelled", "confirmed"), IllegalTransition);
    assert.throws(() => fulfilmentMachine.assert("shipped", "unfulfilled"), IllegalTransition);
  });
});
