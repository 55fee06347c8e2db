import { randomBytes } from "node:crypto";
import { toHex } from "viem";
import type { Config, TokenConfig } from "../../config.ts";
import { presentMoment } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import type { OrderPayment } from "../../flows/orderOverview.ts";
import { cancelTermsOffer, type Offer, reclaimOffer } from "../../flows/signedExits.ts";
import { type EscrowOrder, type PaymentRequest, releaseRequest } from "../../modules/payments/index.ts";
import { presentException } from "../paymentExceptions/present.ts";
import { presentAmounts, presentAuthorizations, presentToken } from "../payments/present.ts";

/** How long a release that is offered for signing stays good, in seconds. */
const RELEASE_OFFER_S = 24 * 3_600;

const atSecond = (second: number): string => presentMoment(second * 1_000);

export const presentRequest = ({ id, kind, amount, createdAt }: PaymentRequest) => ({
  ...{ request_id: id, kind, amount: amount.toString() },
  created_at: presentMoment(createdAt),
});

/** @param viewer only the payer is shown what to sign */
export function presentOrderPayment(found: OrderPayment, config: Config, token: TokenConfig, viewer: Id) {
  const { order, payment, escrowOrder, requests, transactions, chainTimeS } = found;
  const pays = viewer === order.userId;
  const payable = pays && order.state === "placed" && escrowOrder.state === "pending";
  const { chainId, escrow, payer, terms, termsHash, state, confidence, broken, releaseAtS } = escrowOrder;
  return {
    ...{ order_id: order.id, payment_id: payment.id, method: payment.method, state, confidence, broken },
    ...{ chain_id: chainId, escrow, payer, token: presentToken(token), amount: escrowOrder.amount.toString() },
    ...presentAmounts(escrowOrder),
    authorize_by: atSecond(escrowOrder.authorizeByS),
    capture_by: atSecond(escrowOrder.captureByS),
    release_at: releaseAtS === 0 ? null : atSecond(releaseAtS),
    ...{ terms, terms_hash: termsHash },
    requests: requests.map(presentRequest),
    transactions: transactions.map(({ hash, purpose, state: life, error, createdAt, updatedAt }) => ({
      ...{ hash, purpose, state: life, error },
      ...{ created_at: presentMoment(createdAt), updated_at: presentMoment(updatedAt) },
    })),
    exceptions: found.exceptions.map((each) => presentException(each, config)),
    authorization: payable ? (presentAuthorizations(payment, [escrowOrder], token)[0] ?? null) : null,
    cancel_terms: pays ? presentOffer(cancelTermsOffer(escrowOrder, chainTimeS), order.id, "cancel_terms") : null,
    reclaim: pays ? presentOffer(reclaimOffer(escrowOrder, chainTimeS), order.id, "reclaim") : null,
    release: pays && escrowOrder.captured > 0n ? presentRelease(escrowOrder, chainTimeS) : null,
  };
}

const presentOffer = (offer: Offer | undefined, orderId: Id, verb: string) =>
  offer === undefined
    ? null
    : {
        ...{ deadline: offer.deadline, typed_data: offer.typedData },
        submit_to: `/api/v1/orders/${orderId}/${verb}`,
      };

/** A release ready to be signed, under a nonce nobody has used. */
function presentRelease(escrowOrder: EscrowOrder, nowS: number) {
  const { captured, orderId } = escrowOrder;
  const nonce = BigInt(toHex(randomBytes(32)));
  const deadline = nowS + RELEASE_OFFER_S;
  return {
    ...{ captured: captured.toString(), nonce: nonce.toString(), deadline },
    typed_data: releaseRequest(escrowOrder, { captured, nonce, deadline }),
    submit_to: `/api/v1/orders/${orderId}/confirm_receipt`,
  };
}
