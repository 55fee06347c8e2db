import { presentMoment } from "../../core/http/schemas.ts";
import type { KnownWithdrawal } from "../../flows/withdrawals.ts";
import { presentCall, presentToken } from "../payments/present.ts";
import type { WITHDRAWAL_STATES } from "./schema.ts";

type WithdrawalState = (typeof WITHDRAWAL_STATES)[number];

export function presentWithdrawal({ withdrawal, token, call, typedData, transaction, chainTimeS }: KnownWithdrawal) {
  const { id, account, to, amount, nonce, deadlineS, chainId, createdAt } = withdrawal;
  return {
    ...{ withdrawal_id: id, chain_id: chainId, account, to, token: presentToken(token), amount: amount.toString() },
    state: stateOf(withdrawal.signature !== null, transaction?.state, chainTimeS >= deadlineS),
    ...{ nonce: nonce.toString(), deadline: deadlineS },
    typed_data: typedData,
    submit_to: `/api/v1/withdrawals/${id}/signature`,
    call: presentCall(call, chainId),
    transaction:
      transaction === undefined ? null : { hash: transaction.hash, state: transaction.state, error: transaction.error },
    created_at: presentMoment(createdAt),
  };
}

function stateOf(signed: boolean, transaction: string | undefined, isOver: boolean): WithdrawalState {
  switch (transaction) {
    case "mined":
      return "mined";
    case "final":
      return "final";
    case "failed":
      return "failed";
    case "prepared":
    case "submitted":
      return "sent";
    default:
      if (isOver) return "expired";
      return signed ? "signed" : "open";
  }
}
