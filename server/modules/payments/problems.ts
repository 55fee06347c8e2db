import { defineProblems } from "../../core/http/problems.ts";

export const paymentProblems = defineProblems({
  payment_expired: { status: 409, title: "The time to pay is over" },
  payment_already_authorized: { status: 409, title: "This payment has been authorized already" },
  payment_basket_changed: { status: 409, title: "The orders that are paid together have changed" },
  payment_not_confirmed: { status: 409, title: "The chain has not confirmed this payment" },
  payment_moved: { status: 409, title: "The payment is not what the request believes it to be" },
  payment_request_running: { status: 409, title: "The chain has yet to do what was asked before" },
  payment_amount_exceeded: { status: 409, title: "That is more than there is to be moved" },
  payment_method_unavailable: { status: 409, title: "This channel cannot be paid that way" },
  payment_not_reclaimable: { status: 409, title: "This payment cannot be reclaimed now" },
  withdrawal_not_found: { status: 404, title: "There is no such withdrawal of yours" },
  withdrawal_expired: { status: 409, title: "The time to sign this withdrawal is over" },
  signature_mismatch: { status: 400, title: "This was not signed by whoever had to" },
  terms_refused: { status: 409, title: "The escrow would refuse these terms" },
});
