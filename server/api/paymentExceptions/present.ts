import type { Address } from "viem";
import type { Config } from "../../config.ts";
import { presentMoment } from "../../core/http/schemas.ts";
import type { TracedException } from "../../flows/exceptionOverview.ts";
import { tokensOn } from "../../flows/tellOfException.ts";
import { type PaymentException, termsOf } from "../../modules/payments/index.ts";
import { reclaimCall } from "../../protocol/calls.ts";
import { presentCall } from "../payments/present.ts";

export function presentException({ exception, trail }: TracedException, config: Config) {
  const { id, kind, state, orderId, chainId, escrow, terms, termsHash, payer, expected } = exception;
  return {
    ...{ exception_id: id, kind, state, order_id: orderId, chain_id: chainId, escrow, terms, terms_hash: termsHash },
    ...{ payer, token: presentPaidToken(config, chainId, exception.token), expected: expected?.toString() ?? null },
    ...{ paid: exception.paid.toString(), due: exception.due.toString(), returned: exception.returned.toString() },
    reclaim_from: presentMoment(exception.captureByS * 1_000),
    reclaim: presentReclaim(exception),
    trail: trail.map(({ event, note, txHash, at }) => ({ event, note, tx_hash: txHash, at: presentMoment(at) })),
    created_at: presentMoment(exception.createdAt),
    updated_at: presentMoment(exception.updatedAt),
  };
}

function presentPaidToken(config: Config, chainId: number, address: Address) {
  const known = tokensOn(config, chainId).find((token) => token.address === address);
  return { address, symbol: known?.symbol ?? null, decimals: known?.decimals ?? null };
}

function presentReclaim(exception: PaymentException) {
  if (exception.state !== "left_to_payer") return null;
  const { chainId, escrow } = exception;
  return presentCall(reclaimCall({ chainId, escrow }, termsOf(exception)), chainId);
}
