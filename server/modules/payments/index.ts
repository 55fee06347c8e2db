import { EscrowOrder, Payment, PaymentAuthorization, PaymentBasket, PaymentRequest } from "./entities.ts";
import { PaymentException, PaymentExceptionEvent } from "./exceptionEntities.ts";
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
export type { PaymentException, PaymentExceptionEvent } from "./exceptionEntities.ts";
export {
  EXCEPTION_KINDS,
  EXCEPTION_STATES,
  variantKind,
} from "./exceptionRules.ts";
export {
  applyExceptions,
  changeExceptions,
  countExceptions,
  type ExceptionFacts,
  type ExceptionStep,
  exceptionsByHash,
  exceptionsByIds,
  exceptionsIn,
  exceptionsOf,
  note,
  ordersBySalt,
  ripeExceptions,
  trailsOf,
} from "./exceptions.ts";
export { migrations } from "./migrations.ts";
export { type OrderPlace, openOrders, type SweptOrder, sweptOrders, waitingOrders } from "./openOrders.ts";
export { operatorInTerms } from "./operator.ts";
export { maySeeAllExceptions } from "./policy.ts";
export { paymentProblems } from "./problems.ts";
export { ask, askAnew, dropRequest, requestsByIds, runningRequests, undoneRequests } from "./requests.ts";
export {
  type Confidence,
  isCancelled,
  isPaid,
  isReliable,
  isReturned,
  isSettled,
  NOTHING_PAID,
  PAYMENT_METHODS,
  type PaymentChange,
  type PaymentMethod,
  type PaymentSnapshot,
  REQUEST_KINDS,
  snapshotOf,
  wasTakenBack,
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

export const entities = [
  Payment,
  EscrowOrder,
  PaymentAuthorization,
  PaymentBasket,
  PaymentRequest,
  Withdrawal,
  PaymentException,
  PaymentExceptionEvent,
];
