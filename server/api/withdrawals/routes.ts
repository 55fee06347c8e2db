import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { balanceProblems, requestWithdrawal, type Withdrawal } from "../../flows/balances.ts";
import { presentCall, presentToken } from "../payments/present.ts";
import { RequestWithdrawal, WithdrawalView } from "./schema.ts";

export const withdrawalRoutes = (house: House): Door =>
  door(house, "withdrawals").postOnce(
    "/withdrawals",
    {
      summary: "The call by which your wallet withdraws its own credit; your wallet sends it",
      auth: "user",
      limit: "writes",
      idempotent: "required",
      body: RequestWithdrawal,
      answers: [201, WithdrawalView],
      problems: [
        balanceProblems.token_unknown,
        balanceProblems.destination_refused,
        balanceProblems.balance_insufficient,
      ],
      present: ({ account, to, token, amount, call }: Withdrawal) => ({
        ...{ account, to, token: presentToken(token), amount: amount.toString() },
        call: presentCall(call, house.config.chain.id),
      }),
    },
    (c) => requestWithdrawal(house, c.actor, c.input.body),
  );
