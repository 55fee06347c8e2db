import type { TokenConfig } from "../../config.ts";
import { presentMoment } from "../../core/http/schemas.ts";
import type { PaymentOverview } from "../../flows/submitAuthorization.ts";
import { authorizationsFor, type EscrowOrder, type Payment } from "../../modules/payments/index.ts";
import type { Call } from "../../protocol/calls.ts";

export const presentToken = ({ address, symbol, decimals }: TokenConfig) => ({ address, symbol, decimals });

export const presentCall = ({ to, data, value }: Call, chainId: number) => ({
  ...{ to, data, value: value.toString() },
  chain_id: chainId,
});

/** How the payer pays these orders, together; each entry has `typed_data` and `submit_to`, or `calls`. */
export const presentAuthorizations = (payment: Payment, orders: readonly EscrowOrder[], token: TokenConfig) =>
  authorizationsFor(payment, orders, token).map((authorization) => {
    const order_ids = [...authorization.orderIds];
    if (authorization.kind === "transactions") {
      const calls = authorization.calls.map((call) => presentCall(call, payment.chainId));
      return { order_ids, kind: authorization.kind, typed_data: null, submit_to: null, calls };
    }
    const submit_to = `/api/v1/payments/${payment.id}/authorizations`;
    return { order_ids, kind: authorization.kind, typed_data: authorization.typedData, submit_to, calls: [] };
  });

export const presentAmounts = ({ held, captured, released, returned }: EscrowOrder) => ({
  held: held.toString(),
  captured: captured.toString(),
  released: released.toString(),
  returned: returned.toString(),
});

/** What a payment costs, and in what it is paid. */
export const presentPrice = (payment: Payment, token: TokenConfig) => ({
  payment_id: payment.id,
  currency: payment.currency,
  total_price: String(payment.total),
  payable_amount: String(payment.total),
  chain_id: payment.chainId,
  token: presentToken(token),
  amount: payment.amount.toString(),
  expires_at: presentMoment(payment.authorizeByS * 1_000),
});

export const presentPayment = ({ payment, escrowOrders, signed, waiting }: PaymentOverview, token: TokenConfig) => ({
  ...presentPrice(payment, token),
  method: payment.method,
  rate: {
    rate_num: payment.rateNum.toString(),
    rate_den: payment.rateDen.toString(),
    source: payment.rateSource,
    valid_until: presentMoment(payment.rateValidUntil),
  },
  created_at: presentMoment(payment.createdAt),
  orders: escrowOrders.map((order) => ({
    ...{ order_id: order.orderId, terms_hash: order.termsHash, amount: order.amount.toString() },
    ...{ state: order.state, confidence: order.confidence, authorization_given: signed.has(order.orderId) },
    ...presentAmounts(order),
  })),
  authorizations: presentAuthorizations(payment, waiting, token),
});
