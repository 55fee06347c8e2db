import { z } from "zod";
import { Address, hex, MinorAmount, Moment, TokenAmount, Uuid } from "../../core/http/schemas.ts";
import { PAYMENT_METHODS } from "../../modules/payments/index.ts";

export const ById = z.strictObject({ id: Uuid });

/** An amount that moves something. */
export const PositiveAmount = TokenAmount.refine((amount) => amount > 0n, "must be above zero");

export const TokenView = z
  .strictObject({
    address: z.string().meta({ description: "The zero address is ETH" }),
    symbol: z.string(),
    decimals: z.int(),
  })
  .meta({ id: "Token" });

/** What `eth_signTypedData_v4` takes. */
export const TypedDataView = z
  .strictObject({
    domain: z.strictObject({ name: z.string(), version: z.string(), chainId: z.int(), verifyingContract: Address }),
    types: z.record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() }))),
    primaryType: z.string(),
    message: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "TypedData" });

export const CallView = z
  .strictObject({
    to: Address,
    data: hex(20_000),
    value: TokenAmount.meta({ description: "Wei" }),
    chain_id: z.int(),
  })
  .meta({ id: "Call", description: "A transaction for the payer's wallet" });

export const AuthorizationView = z
  .strictObject({
    order_ids: z.array(Uuid),
    kind: z.enum(["signature", "transactions"]),
    typed_data: TypedDataView.nullable(),
    submit_to: z.string().nullable().meta({ description: "Where the signature of typed_data goes, as {signature}" }),
    calls: z.array(CallView),
  })
  .meta({ id: "Authorization" });

export const SubmitAuthorization = z.strictObject({ signature: hex(65) }).meta({ id: "SubmitAuthorization" });

const amounts = {
  held: TokenAmount,
  captured: TokenAmount,
  released: TokenAmount,
  returned: TokenAmount,
};

export const PaymentView = z
  .strictObject({
    payment_id: Uuid,
    method: z.enum(PAYMENT_METHODS),
    currency: z.string(),
    total_price: MinorAmount,
    payable_amount: MinorAmount,
    chain_id: z.int(),
    token: TokenView,
    amount: TokenAmount,
    rate: z.strictObject({ rate_num: TokenAmount, rate_den: TokenAmount, source: z.string(), valid_until: Moment }),
    expires_at: Moment,
    created_at: Moment,
    orders: z.array(
      z
        .strictObject({
          order_id: Uuid,
          terms_hash: hex(32),
          amount: TokenAmount,
          state: z.string(),
          confidence: z.enum(["seen", "confirmed", "final"]).nullable(),
          authorization_given: z.boolean(),
          ...amounts,
        })
        .meta({ id: "PaymentOfOrder" }),
    ),
    authorizations: z
      .array(AuthorizationView)
      .meta({ description: "One for all orders that still wait; empty when none does" }),
  })
  .meta({ id: "Payment" });
