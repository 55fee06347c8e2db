import type { ReadContext } from "../core/db/context.ts";
import type { Slice } from "../core/http/paging.ts";
import type { Id } from "../core/ids.ts";
import { walletsOf } from "../modules/accounts/index.ts";
import type { EscrowOrder, PaymentException, PaymentExceptionEvent } from "../modules/payments/index.ts";
import * as payments from "../modules/payments/index.ts";

/** An exception with all that happened to it, oldest first. */
export interface TracedException {
  readonly exception: PaymentException;
  readonly trail: readonly PaymentExceptionEvent[];
}

async function traced(ctx: ReadContext, exceptions: readonly PaymentException[]): Promise<TracedException[]> {
  if (exceptions.length === 0) return [];
  const trails = await payments.trailsOf(
    ctx,
    exceptions.map(({ id }) => id),
  );
  return exceptions.map((exception) => ({ exception, trail: trails.get(exception.id) ?? [] }));
}

/** A page of exceptions, newest first: those that a user's wallets paid, for staff everybody's. @throws cursor_invalid */
export async function listExceptions(
  ctx: ReadContext,
  userId: Id,
  request: Omit<Parameters<typeof payments.exceptionsIn>[1], "payers">,
): Promise<Slice<TracedException>> {
  const payers = payments.maySeeAllExceptions(ctx.actor) ? undefined : await walletsOf(ctx, userId);
  const slice = await payments.exceptionsIn(ctx, { ...request, payers });
  return { ...slice, rows: await traced(ctx, slice.rows) };
}

/**
 * What went wrong beside an order's payment, oldest first, for its parties: what its own payer paid. What strangers pay
 * by a copy of its terms is staff's to see.
 */
export async function exceptionsOfOrder(
  ctx: ReadContext,
  { orderId, payer }: Pick<EscrowOrder, "orderId" | "payer">,
): Promise<TracedException[]> {
  const found = await payments.exceptionsOf(ctx, [orderId]);
  return traced(
    ctx,
    found.filter((exception) => exception.payer === payer),
  );
}
