import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { balanceProblems } from "../../flows/balances.ts";
import { listWithdrawals, ownWithdrawal, requestWithdrawal, signWithdrawal } from "../../flows/withdrawals.ts";
import { accountProblems } from "../../modules/accounts/index.ts";
import { chainProblems } from "../../modules/chains/index.ts";
import { paymentProblems } from "../../modules/payments/index.ts";
import { presentWithdrawal } from "./present.ts";
import { ById, ListWithdrawals, RequestWithdrawal, SignWithdrawal, WithdrawalList, WithdrawalView } from "./schema.ts";

export const withdrawalRoutes = (house: House): Door =>
  door(house, "withdrawals")
    .postOnce(
      "/withdrawals",
      {
        summary: "Withdraw credit of a wallet of yours: sign typed_data for the operator to send it, or send the call",
        auth: "user",
        limit: "writes",
        idempotent: "required",
        body: RequestWithdrawal,
        answers: [201, WithdrawalView],
        problems: [
          chainProblems.chain_unknown,
          balanceProblems.token_unknown,
          balanceProblems.destination_refused,
          balanceProblems.balance_insufficient,
          accountProblems.wallet_missing,
          accountProblems.wallet_not_linked,
        ],
        present: presentWithdrawal,
      },
      (c) => {
        const { chain_id: chainId, ...rest } = c.input.body;
        return requestWithdrawal(house, c.actor, { chainId, ...rest });
      },
    )
    .get(
      "/withdrawals",
      {
        summary: "Your withdrawals, newest first",
        auth: "user",
        limit: "reads",
        query: ListWithdrawals,
        answers: [200, WithdrawalList],
        problems: [problems.cursor_invalid],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => listWithdrawals(house, ctx, c.actor.id, c.input.query));
        return presentList(slice, c.input.query, presentWithdrawal);
      },
    )
    .get(
      "/withdrawals/:id",
      {
        summary: "A withdrawal of yours, and what became of it",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, WithdrawalView],
        problems: [paymentProblems.withdrawal_not_found],
      },
      async (c) =>
        presentWithdrawal(
          await house.db.read(c.actor, (ctx) => ownWithdrawal(house, ctx, c.actor.id, c.input.params.id)),
        ),
    )
    .postOnce(
      "/withdrawals/:id/signature",
      {
        summary: "Have the operator send a withdrawal by its account's signature",
        auth: "user",
        limit: "writes",
        idempotent: "required",
        params: ById,
        body: SignWithdrawal,
        answers: [202, WithdrawalView],
        problems: [
          paymentProblems.withdrawal_not_found,
          paymentProblems.withdrawal_expired,
          paymentProblems.signature_mismatch,
        ],
        present: presentWithdrawal,
      },
      (c) => signWithdrawal(house, c.actor, { id: c.input.params.id, signature: c.input.body.signature }),
    );
