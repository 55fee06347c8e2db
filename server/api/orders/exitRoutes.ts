import type { House } from "../../core/house.ts";
import type { Door } from "../../core/http/door.ts";
import { cancelTerms, reclaim } from "../../flows/signedExits.ts";
import { orderProblems } from "../../modules/orders/index.ts";
import { paymentProblems } from "../../modules/payments/index.ts";
import { presentOrder } from "./present.ts";
import { ById, Exit, OrderView } from "./schema.ts";

const { order_not_found, order_not_cancellable } = orderProblems;
const { payment_expired, signature_mismatch } = paymentProblems;

/** The ways out of an order that a payer signs, which no other party can close. */
export const addOrderExits = (house: House, orders: Door): Door =>
  orders
    .postOnce(
      "/orders/:id/cancel_terms",
      {
        summary: "Burn the terms of an order that is not paid by your signature, so that nobody can pay it any more",
        auth: "user",
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Exit,
        answers: [202, OrderView],
        problems: [order_not_found, order_not_cancellable, payment_expired, signature_mismatch],
        present: presentOrder,
      },
      (c) => cancelTerms(house, c.actor, { orderId: c.input.params.id, ...c.input.body }),
    )
    .postOnce(
      "/orders/:id/reclaim",
      {
        summary: "Take back what is held of an order once nobody can capture it any more, by your signature",
        auth: "user",
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Exit,
        answers: [202, OrderView],
        problems: [
          order_not_found,
          paymentProblems.payment_not_confirmed,
          paymentProblems.payment_not_reclaimable,
          paymentProblems.payment_request_running,
          payment_expired,
          signature_mismatch,
        ],
        present: presentOrder,
      },
      (c) => reclaim(house, c.actor, { orderId: c.input.params.id, ...c.input.body }),
    );
