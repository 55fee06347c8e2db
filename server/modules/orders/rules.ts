import { stateMachine } from "../../core/stateMachine.ts";
import type { PaymentState } from "../../protocol/paymentState.ts";

export type OrderState = "placed" | "confirmed" | "completed" | "expired" | "cancelled" | "on_hold";
export type FulfilmentState = "unfulfilled" | "allocated" | "partially_shipped" | "shipped" | "delivered" | "returned";

/** Where a parcel goes. */
export interface ShippingAddress {
  readonly recipient: string;
  readonly phone: string;
  /** ISO 3166-1, two letters. */
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly street: string;
  readonly postal_code: string;
}

/** A reorg may take a release back, so `completed` has ways out; `expired` and `cancelled` have none. */
export const orderMachine = stateMachine<OrderState>("order", {
  placed: ["confirmed", "expired", "cancelled"],
  confirmed: ["completed", "cancelled", "on_hold"],
  completed: ["confirmed", "on_hold"],
  on_hold: ["confirmed", "cancelled"],
  expired: [],
  cancelled: [],
});

export const fulfilmentMachine = stateMachine<FulfilmentState>("fulfilment", {
  unfulfilled: ["allocated", "partially_shipped", "shipped"],
  allocated: ["unfulfilled", "partially_shipped", "shipped"],
  partially_shipped: ["shipped", "delivered", "returned"],
  shipped: ["delivered", "returned"],
  delivered: ["returned"],
  returned: [],
});

/** What people read. */
export const DISPLAY_STATUSES = [
  "pending_payment",
  "paid",
  "fulfilling",
  "partially_shipped",
  "shipped",
  "delivered",
  "settled",
  "expired",
  "cancelled",
  "refunded",
  "disputed",
  "on_hold",
] as const;
export type DisplayStatus = (typeof DISPLAY_STATUSES)[number];

const BY_FULFILMENT: Readonly<Record<FulfilmentState, DisplayStatus>> = {
  unfulfilled: "paid",
  allocated: "fulfilling",
  partially_shipped: "partially_shipped",
  shipped: "shipped",
  delivered: "delivered",
  returned: "delivered",
};

const WENT_BACK: readonly PaymentState[] = ["voided", "reclaimed", "refunded"];

/** Whether nothing of an order has been sent. */
export const isInHouse = (fulfilment: FulfilmentState): boolean =>
  fulfilment === "unfulfilled" || fulfilment === "allocated";

/** What people read of an order: one word for its three states. */
export function displayStatus(order: OrderState, payment: PaymentState, fulfilment: FulfilmentState): DisplayStatus {
  const wentBack = WENT_BACK.includes(payment);
  switch (order) {
    case "placed":
      return "pending_payment";
    case "on_hold":
      return "on_hold";
    case "expired":
      return wentBack ? "refunded" : "expired";
    case "cancelled":
      return wentBack ? "refunded" : "cancelled";
    case "completed":
      return payment === "disputed" ? "disputed" : "settled";
    case "confirmed":
      if (payment === "disputed") return "disputed";
      return wentBack ? "refunded" : BY_FULFILMENT[fulfilment];
  }
}
