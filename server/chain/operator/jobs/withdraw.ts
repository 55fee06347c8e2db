import { z } from "zod";
import { withdrawalPurpose } from "../../../modules/chains/index.ts";
import { withdrawalById } from "../../../modules/payments/index.ts";
import { withdrawWithSignatureCall } from "../../../protocol/calls.ts";
import { nonceView } from "../../views.ts";
import { kindOf, readEach } from "./kind.ts";

/** `operator.withdraw`: a payee signed that its credit goes out. */
export const withdraw = kindOf(z.object({ withdrawal_id: z.string() }), async (ctx, payloads, chain) => {
  const withdrawal = await readEach(
    payloads.map(({ withdrawal_id }) => withdrawal_id),
    (id) => withdrawalById(ctx, id),
  );
  return ({ withdrawal_id }) => {
    const { chainId, escrow, deadlineS, signature, account, nonce, ...rest } = withdrawal.get(withdrawal_id);
    if (chainId !== chain.id || escrow !== chain.escrow)
      throw new Error(`withdrawal ${withdrawal_id} is of another escrow`);
    const consent = { account, nonce, token: rest.token, amount: rest.amount, to: rest.to, deadline: deadlineS };
    return {
      purposes: [{ name: withdrawalPurpose(withdrawal_id), orderId: null }],
      over: false,
      call: () => withdrawWithSignatureCall({ chainId, escrow }, consent, signature),
      overOnChain: [nonceView(escrow, account, nonce, "latest")],
    };
  };
});
