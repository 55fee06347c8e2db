import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { problems } from "../../core/http/problems.ts";
import { ownPayment, type PaymentOverview, submitAuthorization, tokenOf } from "../../flows/submitAuthorization.ts";
import { paymentProblems } from "../../modules/payments/index.ts";
import { presentPayment } from "./present.ts";
import { ById, PaymentView, SubmitAuthorization } from "./schema.ts";

export function paymentRoutes(house: House): Door {
  const present = (overview: PaymentOverview) => presentPayment(overview, tokenOf(house, overview.payment));
  return door(house, "payments")
    .get(
      "/payments/:id",
      {
        summary: "One of your payments, and how to pay what is not paid yet",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, PaymentView],
        problems: [problems.not_found],
      },
      async (c) => present(await house.db.read(c.actor, (ctx) => ownPayment(ctx, c.input.params.id))),
    )
    .postOnce(
      "/payments/:id/authorizations",
      {
        summary: "Pay the orders of a payment that wait, or one of them, by your signature; the operator relays it",
        auth: "user",
        limit: "writes",
        idempotent: "required",
        params: ById,
        body: SubmitAuthorization,
        answers: [202, PaymentView],
        problems: [
          problems.not_found,
          paymentProblems.signature_mismatch,
          paymentProblems.payment_expired,
          paymentProblems.payment_already_authorized,
          paymentProblems.payment_basket_changed,
          paymentProblems.payment_method_unavailable,
        ],
        present,
      },
      (c) =>
        submitAuthorization(house, c.actor, {
          paymentId: c.input.params.id,
          signature: c.input.body.signature,
        }),
    );
}
