import { type Context, system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Id } from "../core/ids.ts";
import * as orderBook from "../modules/orders/index.ts";
import type { PaymentException } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";
import { askForReturn } from "./paymentExceptions.ts";
import { returnMoney } from "./returnMoney.ts";
import { tellOfException, tokensOn } from "./tellOfException.ts";

/** What became of money that is on its way back. `asked`: look again later. `left`: nobody looks any more. */
export type Returning = "not_needed" | "asked" | "left";

/** Looks from the first on, each twice as long after the one before, up to six hours: more than a day in all. */
const MOST_TRIES = 14;

/**
 * Looks whether the operator gave back what an exception has due, and asks once more where it did not. When it could not
 * for a day the payer is told how to have it without us; should it go back after all, the chain will say so.
 * @param tries which look this is, from 1
 */
export const returnException = (house: House, id: Id, tries: number): Promise<Returning> =>
  house.db.write(system("returns"), async (ctx) => {
    const exception = await held(ctx, id);
    if (exception?.state !== "returning") return "not_needed";
    if (tries > MOST_TRIES) {
      await leave(ctx, house, exception);
      return "left";
    }
    await ask(ctx, exception, tries);
    return "asked";
  });

/** The exception, with its order locked first where it is of the order's own money: the listener does it in that order, too. */
async function held(ctx: Context, id: Id): Promise<PaymentException | undefined> {
  const found = (await payments.exceptionsByIds(ctx, [id])).get(id);
  if (found === undefined || found.orderId === null || found.kind !== "late") return found;
  await orderBook.lock(ctx, found.orderId);
  return (await payments.exceptionsByIds(ctx, [id])).get(id);
}

async function ask(ctx: Context, exception: PaymentException, tries: number): Promise<void> {
  if (exception.kind === "late" && exception.orderId !== null) {
    const payment = payments.snapshot(await payments.escrowOrderOf(ctx, exception.orderId));
    if (!(await returnMoney(ctx, exception.orderId, payment))) return;
  } else await askForReturn(ctx, exception, tries);
  await payments.note(ctx, [{ exception, event: "asked_again", note: `look ${tries}`, txHash: null }]);
}

async function leave(ctx: Context, { config, log }: House, before: PaymentException): Promise<void> {
  const why = "the operator could not give it back for more than a day";
  const [step] = await payments.changeExceptions(ctx, [{ before, after: { state: "left_to_payer" }, why }]);
  if (step === undefined) return;
  log.error({ exception: before.id, order: before.orderId, due: String(before.due) }, why);
  await tellOfException(ctx, tokensOn(config, before.chainId), step.exception);
}
