import { z } from "zod";
import { Address, hex, Moment, TokenAmount, Uuid } from "../../core/http/schemas.ts";
import { PAYMENT_METHODS } from "../../modules/payments/index.ts";
import { ExceptionView } from "../paymentExceptions/schema.ts";
import { AuthorizationView, TokenView, TypedDataView } from "../payments/schema.ts";
import { RequestView, TermsView } from "./schema.ts";

const Transaction = z
  .strictObject({
    hash: hex(32).nullable(),
    purpose: z.string(),
    state: z.string(),
    error: z.string().nullable(),
    created_at: Moment,
    updated_at: Moment,
  })
  .meta({ id: "ChainTransaction" });

const ReleaseToSign = z
  .strictObject({
    captured: TokenAmount,
    nonce: TokenAmount,
    deadline: z.int(),
    typed_data: TypedDataView,
    submit_to: z.string(),
  })
  .meta({ id: "ReleaseToSign", description: "Sign typed_data and send {captured, nonce, deadline, signature}" });

const ExitToSign = z
  .strictObject({ deadline: z.int(), typed_data: TypedDataView, submit_to: z.string() })
  .meta({ id: "ExitToSign", description: "Sign typed_data and send {deadline, signature}" });

export const OrderPaymentView = z
  .strictObject({
    order_id: Uuid,
    payment_id: Uuid,
    method: z.enum(PAYMENT_METHODS),
    state: z.string(),
    confidence: z.enum(["seen", "confirmed", "final"]).nullable(),
    broken: z.string().nullable().meta({ description: "Why the chain's logs of it make no sense" }),
    chain_id: z.int(),
    escrow: Address,
    token: TokenView,
    payer: Address,
    amount: TokenAmount,
    held: TokenAmount,
    captured: TokenAmount,
    released: TokenAmount,
    returned: TokenAmount,
    authorize_by: Moment,
    capture_by: Moment,
    release_at: Moment.nullable(),
    terms: TermsView,
    terms_hash: hex(32),
    requests: z.array(RequestView),
    transactions: z.array(Transaction),
    exceptions: z.array(ExceptionView).meta({ description: "What its payer paid besides, late, or not as agreed" }),
    authorization: AuthorizationView.nullable().meta({ description: "For the payer, while nothing is paid" }),
    cancel_terms: ExitToSign.nullable().meta({ description: "For the payer, to burn the terms while nothing is paid" }),
    reclaim: ExitToSign.nullable().meta({
      description: "For the payer, to have back what nobody can capture any more",
    }),
    release: ReleaseToSign.nullable().meta({ description: "For the payer, while something is captured" }),
  })
  .meta({ id: "OrderPayment" });
