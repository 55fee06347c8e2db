import type { Hex } from "viem";
import { z } from "zod";
import type { EscrowOrder } from "../../modules/payments/index.ts";
import {
  authorizeWithAuthorizationCall,
  type Call,
  captureCall,
  refundCall,
  releaseCall,
  releaseWithSignatureCall,
  voidCall,
} from "../../protocol/calls.ts";
import { type EscrowDomain, type Terms, termsFromJson } from "../../protocol/terms.ts";
import type { OrderOnChain } from "../views.ts";

const digits = z.string().regex(/^\d+$/);
const amount = digits.transform(BigInt);
const signature = z
  .string()
  .regex(/^0x[0-9a-f]*$/i)
  .transform((text) => text as Hex);
const asked = { order_id: z.string(), request_id: z.string(), amount };

const RelayTask = z.object({ order_id: z.string() });
const HeldTask = z.object({ ...asked, held_before: amount });
const CapturedTask = z.object({ ...asked, captured_before: amount });
/** With the payer's signature at any time; without it, money whose delay is over. */
const ReleaseTask = z.union([
  z.object({ ...asked, captured_before: amount, nonce: amount, deadline: digits, signature }),
  z.object({ ...asked, captured_before: amount, signature: z.undefined().optional() }),
]);

/** A task of the operator, understood: what to send and when there is nothing to send. */
export interface Job {
  readonly orderId: string;
  /** The request to drop when the chain refuses it for good. */
  readonly requestId: string | undefined;
  /** Names the job once and for all; one transaction at a time serves it. */
  purpose(order: EscrowOrder): string;
  /** Whether an order that looks like this needs no transaction (any more). */
  isOver(order: Quantities): boolean;
  call(order: EscrowOrder, signature: Hex | undefined): Call;
}

/** Of an order, as the house or as the chain has it, in base units. */
export type Quantities = Pick<OrderOnChain, "used" | "held" | "captured">;

const domainOf = ({ chainId, escrow }: EscrowOrder): EscrowDomain => ({ chainId, escrow });

/** Kinds of the operator's tasks and how their payloads are read. Reading throws where a payload is none. */
export const JOBS = {
  "operator.relay_authorization": (payload: unknown): Job => ({
    orderId: RelayTask.parse(payload).order_id,
    requestId: undefined,
    purpose: ({ termsHash }) => `authorize:${termsHash}`,
    isOver: ({ used }) => used,
    call: (order, given) => {
      if (!given) throw new Error(`order ${order.orderId} has no signature to relay`);
      return authorizeWithAuthorizationCall(domainOf(order), termsFromJson(order.terms), given);
    },
  }),
  "operator.capture": (payload: unknown): Job => heldJob("capture", payload, captureCall),
  "operator.void": (payload: unknown): Job => heldJob("void", payload, voidCall),
  "operator.refund": (payload: unknown): Job => {
    const task = CapturedTask.parse(payload);
    return capturedJob("refund", task, (order) =>
      refundCall(domainOf(order), termsFromJson(order.terms), task.amount, task.captured_before),
    );
  },
  "operator.release": (payload: unknown): Job => {
    const task = ReleaseTask.parse(payload);
    return capturedJob("release", task, (order) => releaseOf(task, domainOf(order), termsFromJson(order.terms)));
  },
} satisfies Record<string, (payload: unknown) => Job>;

export type JobKind = keyof typeof JOBS;

function releaseOf(task: z.infer<typeof ReleaseTask>, domain: EscrowDomain, terms: Terms): Call {
  if (task.signature === undefined) return releaseCall(domain, terms);
  const consent = { captured: task.captured_before, nonce: task.nonce, deadline: Number(task.deadline) };
  return releaseWithSignatureCall(domain, terms, consent, task.signature);
}

function heldJob(name: string, payload: unknown, call: typeof captureCall): Job {
  const task = HeldTask.parse(payload);
  return {
    orderId: task.order_id,
    requestId: task.request_id,
    purpose: ({ termsHash }) => `${name}:${termsHash}:${task.request_id}`,
    isOver: ({ held }) => held !== task.held_before,
    call: (order) => call(domainOf(order), termsFromJson(order.terms), task.amount, task.held_before),
  };
}

function capturedJob(name: string, task: z.infer<typeof CapturedTask>, call: (order: EscrowOrder) => Call): Job {
  return {
    orderId: task.order_id,
    requestId: task.request_id,
    purpose: ({ termsHash }) => `${name}:${termsHash}:${task.request_id}`,
    isOver: ({ captured }) => captured !== task.captured_before,
    call,
  };
}
