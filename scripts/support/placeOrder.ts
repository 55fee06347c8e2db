import type { Config } from "../../server/config.ts";
import type { Context } from "../../server/core/db/context.ts";
import { type Id, newId } from "../../server/core/ids.ts";
import * as orderBook from "../../server/modules/orders/index.ts";
import * as payments from "../../server/modules/payments/index.ts";
import type { Terms } from "../../server/protocol/terms.ts";

/** An order to be placed, with the terms that its payer is to consent to. */
export interface Placing {
  readonly orderId: Id;
  readonly terms: Terms;
  readonly buyerId: Id;
  readonly merchantId: Id;
}

/** Cents that the one good of such an order costs. */
const PRICE = 2_500;
const ADDRESS = {
  ...{ recipient: "A", phone: "1", country: "DE", region: "B", city: "Berlin", street: "1", postal_code: "1" },
};

/** Places an order for one good and opens its payment, as a checkout does that was asked for these very terms. */
export async function placeOrder(
  ctx: Context,
  chain: Config["chain"],
  { orderId, terms, buyerId, merchantId }: Placing,
): Promise<void> {
  const paymentId = newId();
  const money = { currency: "USD", goodsTotal: PRICE, freight: 0, total: PRICE };
  await orderBook.place(ctx, [
    {
      ...{ id: orderId, userId: buyerId, merchantId, channelId: newId(), paymentId, ...money },
      ...{ expressType: "standard", address: ADDRESS, agentId: null, breakdown: null },
      lines: [{ goodId: newId(), name: "Mug", count: 1, price: PRICE, total: PRICE, freight: 0 }],
    },
  ]);
  const payment = {
    ...{ id: paymentId, userId: buyerId, payer: terms.payer, method: "escrow_erc3009" as const, currency: "USD" },
    ...{ total: PRICE, token: terms.token, rateNum: 10_000n, rateDen: 1n, rateSource: "test" },
    ...{ rateValidUntil: terms.authorizeBy * 1_000, authorizeByS: terms.authorizeBy },
  };
  await payments.open(ctx, { chainId: chain.id, escrow: chain.escrow }, payment, [{ orderId, terms }]);
}
