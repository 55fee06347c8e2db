import { type Address, formatUnits } from "viem";
import type { Config, TokenConfig } from "../config.ts";
import type { Context } from "../core/db/context.ts";
import { newId } from "../core/ids.ts";
import { mailboxOf, ownerOf } from "../modules/accounts/index.ts";
import { allChains } from "../modules/chains/index.ts";
import { sendMail } from "../modules/mail/index.ts";
import { notify } from "../modules/notifications/index.ts";
import * as orderBook from "../modules/orders/index.ts";
import type { PaymentException } from "../modules/payments/index.ts";

/**
 * Tells who paid what should not have been paid like that, where the wallet is somebody's we know: what came, what was
 * due, what goes back, and when; on their pages and by mail. Of an order they are told only where it is their own:
 * a stranger can copy terms.
 */
export async function tellOfException(
  ctx: Context,
  tokens: readonly TokenConfig[],
  exception: PaymentException,
): Promise<void> {
  const userId = await ownerOf(ctx, exception.payer);
  if (userId === undefined) return;
  const meant = exception.orderId === null ? undefined : await orderBook.byId(ctx, exception.orderId);
  const order = meant?.userId === userId ? meant : undefined;
  const { id, kind, state, chainId, token, paid, due, captureByS } = exception;
  const expected = order === undefined ? null : exception.expected;
  const reclaimFrom = new Date(captureByS * 1_000).toISOString();
  await notify(ctx, userId, "payment.exception", {
    ...{ exception_id: id, kind, state, chain_id: chainId, token, paid: String(paid), due: String(due) },
    ...{ expected: expected === null ? null : String(expected), reclaim_from: reclaimFrom },
    ...{ order_id: order?.id ?? null, order_sn: order?.orderSn ?? null, payment_id: order?.paymentId ?? null },
  });
  const mailbox = await mailboxOf(ctx, userId);
  if (mailbox === undefined) return;
  const shown = (amount: bigint) => shownIn(tokens, token, amount);
  const values = {
    ...{ kind, order_sn: order?.orderSn ?? null, paid: shown(paid), due: shown(due) },
    ...{ end: state === "returning" ? ("returning" as const) : ("left_to_payer" as const), reclaim_from: reclaimFrom },
    // Of other kinds it is no comparison, and may be in another token.
    expected: expected !== null && (kind === "underpaid" || kind === "overpaid") ? shown(expected) : null,
  };
  const letter = "payment_exception";
  await sendMail(ctx, { to: mailbox.email, language: mailbox.language, letter, values, key: newId() });
}

/** What is paid in on a chain; nothing on one that is not configured any more. */
export const tokensOn = (config: Pick<Config, "chain" | "chains">, chainId: number): readonly TokenConfig[] =>
  allChains(config).find(({ id }) => id === chainId)?.tokens ?? [];

/** An amount for people; of a token we do not know it stays base units. */
function shownIn(tokens: readonly TokenConfig[], address: Address, amount: bigint): string {
  const token = tokens.find((one) => one.address === address);
  return token ? `${formatUnits(amount, token.decimals)} ${token.symbol}` : `${amount} (${address})`;
}
