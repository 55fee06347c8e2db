import { z } from "zod";
import { exceptionsByIds, termsOf } from "../../../modules/payments/index.ts";
import { voidCall } from "../../../protocol/calls.ts";
import { orderView } from "../../views.ts";
import { kindOf } from "./kind.ts";
import { amount } from "./orders.ts";

const Task = z.object({ exception_id: z.string(), amount, held_before: amount });

/** `operator.void_exception`: what was paid by terms that are no order's of ours goes back to who paid it. */
export const voidException = kindOf(Task, async (ctx, payloads, chain) => {
  const rows = await exceptionsByIds(
    ctx,
    payloads.map(({ exception_id }) => exception_id),
  );
  return (task) => {
    const row = rows.get(task.exception_id);
    if (row === undefined) throw new Error(`there is no exception ${task.exception_id}`);
    if (row.chainId !== chain.id || row.escrow !== chain.escrow) throw new Error(`${row.id} is of another escrow`);
    const terms = termsOf(row);
    if (terms.operator !== chain.operator) throw new Error(`${row.id} names another operator`);
    const domain = { chainId: row.chainId, escrow: row.escrow };
    const { call, read } = orderView(domain.escrow, terms, "latest");
    return {
      purposes: [{ name: `void_exception:${row.termsHash}:${task.held_before}`, orderId: row.orderId }],
      over: row.due !== task.held_before,
      call: () => voidCall(domain, terms, task.amount, task.held_before),
      overOnChain: [{ call, read: (answer) => read(answer).held !== task.held_before }],
    };
  };
});
