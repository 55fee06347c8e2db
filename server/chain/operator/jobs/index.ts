import { acceptAgreement, revokeAgreement } from "./agreements.ts";
import { relayAuthorization, relayBasket } from "./authorize.ts";
import { voidException } from "./exceptions.ts";
import type { Kind } from "./kind.ts";
import { cancelTerms, capture, reclaim, refund, release, voiding } from "./orders.ts";
import { withdraw } from "./withdraw.ts";

/** Kinds of the operator's tasks, and how each is understood. */
export const JOBS = {
  "operator.relay_authorization": relayAuthorization,
  "operator.relay_basket": relayBasket,
  "operator.capture": capture,
  "operator.void": voiding,
  "operator.void_exception": voidException,
  "operator.reclaim": reclaim,
  "operator.refund": refund,
  "operator.release": release,
  "operator.cancel_terms": cancelTerms,
  "operator.withdraw": withdraw,
  "operator.accept_agreement": acceptAgreement,
  "operator.revoke_agreement": revokeAgreement,
} satisfies Record<string, Kind>;

export type JobKind = keyof typeof JOBS;
