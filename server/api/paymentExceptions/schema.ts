import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, hex, Moment, Page, TokenAmount, Uuid } from "../../core/http/schemas.ts";
import { EXCEPTION_KINDS, EXCEPTION_STATES } from "../../modules/payments/index.ts";
import { TermsView } from "../orders/schema.ts";
import { CallView } from "../payments/schema.ts";

export const ListExceptions = Page.extend({
  state: z.enum(EXCEPTION_STATES).optional(),
  kind: z.enum(EXCEPTION_KINDS).optional(),
});

const Token = z
  .strictObject({
    address: z.string().meta({ description: "The zero address is ETH" }),
    symbol: z.string().nullable(),
    decimals: z.int().nullable(),
  })
  .meta({ id: "PaidToken", description: "symbol and decimals are null where this house takes no such token" });

const Step = z
  .strictObject({
    event: z.string(),
    note: z.string().nullable(),
    tx_hash: hex(32).nullable(),
    at: Moment,
  })
  .meta({ id: "PaymentExceptionStep" });

export const ExceptionView = z
  .strictObject({
    exception_id: Uuid,
    kind: z.enum(EXCEPTION_KINDS),
    state: z.enum(EXCEPTION_STATES),
    order_id: Uuid.nullable().meta({ description: "The order it was meant for, as far as its terms say" }),
    chain_id: z.int(),
    escrow: Address,
    terms: TermsView,
    terms_hash: hex(32),
    payer: Address,
    token: Token,
    expected: TokenAmount.nullable().meta({ description: "What the order costs, in base units of its own token" }),
    paid: TokenAmount,
    due: TokenAmount.meta({ description: "What has yet to go back" }),
    returned: TokenAmount,
    reclaim_from: Moment.meta({ description: "From when the payer can have it without us" }),
    reclaim: CallView.nullable().meta({ description: "The payer's way, where we cannot give it back" }),
    trail: z.array(Step),
    created_at: Moment,
    updated_at: Moment,
  })
  .meta({ id: "PaymentException", description: "Money in the escrow that is not as it was agreed, and its way back" });
export const ExceptionList = listOf(ExceptionView);
