import type { House } from "../../core/house.ts";
import type { Door } from "../../core/http/door.ts";
import { cancel } from "../../flows/cancel.ts";
import { confirmReceipt } from "../../flows/confirmReceipt.ts";
import { refund } from "../../flows/refund.ts";
import { ship } from "../../flows/ship.ts";
import { orderProblems } from "../../modules/orders/index.ts";
import { paymentProblems } from "../../modules/payments/index.ts";
import { presentOrder, presentRefund } from "./present.ts";
import { ById, Cancel, OrderView, Receipt, Refund, RefundView, Ship } from "./schema.ts";

const {
  order_not_found,
  order_not_cancellable,
  order_not_shippable,
  order_not_received,
  order_not_refundable,
  pieces_exceeded,
} = orderProblems;
const { payment_request_running, payment_not_confirmed, payment_amount_exceeded, payment_moved, payment_expired } =
  paymentProblems;

/** What its two sides do with an order. Money moves once the chain says so; the answer says what was asked. */
export const addOrderVerbs = (house: House, orders: Door): Door =>
  orders
    .postOnce(
      "/orders/:id/cancel",
      {
        summary: "Cancel an order that was not sent; a paid one ends when the chain has voided its payment",
        auth: "user",
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Cancel,
        answers: [200, OrderView],
        problems: [order_not_found, order_not_cancellable, payment_request_running],
        present: presentOrder,
      },
      (c) => cancel(house, c.actor, { orderId: c.input.params.id, reason: c.input.body.reason }),
    )
    .postOnce(
      "/orders/:id/ship",
      {
        summary: "Send an order, or a part of it, and capture its money; for the merchant's owner and staff",
        auth: "user",
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Ship,
        answers: [200, OrderView],
        problems: [
          order_not_found,
          order_not_shippable,
          pieces_exceeded,
          payment_not_confirmed,
          payment_amount_exceeded,
          payment_request_running,
        ],
        present: presentOrder,
      },
      (c) => {
        const { lines, amount, tracking_no } = c.input.body;
        const pieces = lines?.map(({ good_id, count }) => ({ goodId: good_id, count }));
        return ship(house, c.actor, { orderId: c.input.params.id, lines: pieces, amount, trackingNo: tracking_no });
      },
    )
    .postOnce(
      "/orders/:id/confirm_receipt",
      {
        summary: "You have the goods: release what is captured by your signature; the operator relays it",
        auth: "user",
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Receipt,
        answers: [200, OrderView],
        problems: [
          order_not_found,
          order_not_received,
          payment_moved,
          payment_expired,
          payment_request_running,
          paymentProblems.signature_mismatch,
        ],
        present: presentOrder,
      },
      (c) => confirmReceipt(house, c.actor, { orderId: c.input.params.id, ...c.input.body }),
    )
    .postOnce(
      "/orders/:id/refunds",
      {
        summary: "Give money of an order back before it is released; for the merchant's owner and staff",
        auth: "user",
        limit: "writes",
        idempotent: "required",
        params: ById,
        body: Refund,
        answers: [202, RefundView],
        problems: [
          order_not_found,
          order_not_refundable,
          pieces_exceeded,
          payment_not_confirmed,
          payment_amount_exceeded,
          payment_request_running,
        ],
        present: presentRefund,
      },
      (c) => {
        const { lines, ...body } = c.input.body;
        const pieces = lines?.map(({ good_id, count, shipped }) => ({ goodId: good_id, count, shipped }));
        return refund(house, c.actor, { ...body, orderId: c.input.params.id, lines: pieces });
      },
    );
