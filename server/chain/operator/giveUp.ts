import type { Context } from "../../core/db/context.ts";
import type { Errand } from "../../modules/chains/index.ts";
import { dropRequest } from "../../modules/payments/index.ts";

/** Gives up what these errands were asked by, where something waits for them, so that it may be asked again. */
export async function giveUp(ctx: Context, errands: readonly Pick<Errand, "request">[]): Promise<void> {
  for (const { request } of errands) if (request.request_id !== undefined) await dropRequest(ctx, request.request_id);
}
