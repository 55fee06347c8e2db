import { EscrowOrder, Payment, PaymentAuthorization, PaymentRequest } from "./entities.ts";

export { applyFold, snapshot } from "./applyFold.ts";
export {
  authorizationFor,
  canonicalSignature,
  isSignedBy,
  orderSigned,
  releaseRequest,
} from "./consent.ts";
export type { EscrowOrder, Payment, PaymentRequest } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { paymentProblems } from "./problems.ts";
export { ask, dropRequest, requestsByIds, runningRequests } from "./requests.ts";
export {
  type Confidence,
  isPaid,
  isReliable,
  isReturned,
  isSettled,
  PAYMENT_METHODS,
  type PaymentChange,
  type PaymentMethod,
  type PaymentSnapshot,
  REQUEST_KINDS,
} from "./rules.ts";
export {
  authorizationsOf,
  authorize,
  byId,
  escrowOrderOf,
  escrowOrdersIn,
  escrowOrdersOf,
  open,
  termsOf,
} from "./service.ts";

export const entities = [Payment, EscrowOrder, PaymentAuthorization, PaymentRequest];
