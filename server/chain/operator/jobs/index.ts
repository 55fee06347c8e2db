import { relayAuthorization } from "./authorize.ts";
import type { Kind } from "./kind.ts";
import { cancelTerms, capture, reclaim, refund, release, voiding } from "./orders.ts";

/** Kinds of the operator's tasks, and how each is understood. */
export const JOBS = {
  "operator.relay_authorization": relayAuthorization,
  "operator.capture": capture,
  "operator.void": voiding,
  "operator.reclaim": reclaim,
  "operator.refund": refund,
  "operator.release": release,
  "operator.cancel_terms": cancelTerms,
} satisfies Record<string, Kind>;

export type JobKind = keyof typeof JOBS;
