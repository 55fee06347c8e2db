import { EscrowOrder, Payment, PaymentAuthorization, PaymentBasket, PaymentRequest } from "./entities.ts";
import { Withdrawal } from "./withdrawals.ts";

export { applyFolds, snapshot } from "./applyFolds.ts";
export {
  authorizationsFor,
  basketSigned,
  basketsOf,
  cancelTermsRequest,
  canonicalSignature,
  isSignedBy,
  olderBaskets,
  reclaimRequest,
  releaseRequest,
} from "./consent.ts";
export type { EscrowOrder, Payment, PaymentRequest } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { paymentProblems } from "./problems.ts";
export { ask, dropRequest, requestsByIds, runningRequests } from "./requests.ts";
export {
  type Confidence,
  isCancelled,
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
  authorizeBasket,
  basketAuthorization,
  basketsIn,
  byId,
  escrowOrderOf,
  escrowOrdersIn,
  escrowOrdersOf,
  maturedOrders,
  open,
  termsOf,
} from "./service.ts";
export {
  openWithdrawal,
  ownWithdrawal,
  signWithdrawal,
  type Withdrawal,
  withdrawalById,
  withdrawalRequest,
  withdrawalsOf,
} from "./withdrawals.ts";

export const entities = [Payment, EscrowOrder, PaymentAuthorization, PaymentBasket, PaymentRequest, Withdrawal];
