import { randomUUID } from "node:crypto";
import type { Address, Hex } from "viem";
import type { AddressView } from "../../server/api/addresses/schema.ts";
import type { OrderPaymentView } from "../../server/api/orders/paymentSchema.ts";
import type { PlacedView } from "../../server/api/orders/schema.ts";
import type { AuthorizationView, PaymentView } from "../../server/api/payments/schema.ts";
import { type Terms, type TermsJson, termsFromJson } from "../../server/protocol/terms.ts";
import { type ChainClient, doCall } from "./chain.ts";
import { type JsonOf, type Session, signTypedData } from "./session.ts";
import { until } from "./until.ts";

/** What the API says of the payment of one order; amounts are base units as text. */
export type OrderPayment = JsonOf<typeof OrderPaymentView>;
export type PaymentMethod = OrderPayment["method"];

/** An order somebody placed, and how to pay it. */
export interface Bought {
  readonly shopper: Session;
  readonly orderId: string;
  readonly orderSn: string;
  readonly paymentId: string;
  readonly merchantId: string;
  /** Its name on the chain. */
  readonly id: Hex;
  readonly terms: Terms;
  readonly token: { readonly address: Address; readonly symbol: string; readonly decimals: number };
  /** Shared with the orders that are paid with it: whoever does it once pays all of them. */
  readonly authorization: JsonOf<typeof AuthorizationView>;
}

/** What shall be bought, of one channel. */
export interface Basket {
  readonly lines: readonly { readonly goodId: string; readonly count: number }[];
  readonly channel: string;
  readonly method: PaymentMethod;
  readonly expressType: string;
  readonly addressId: string;
  /** Code of the agent who referred the shopper; nobody did unless said. */
  readonly agent?: string;
}

/** Writes an address into a shopper's book. @returns its id */
export async function addAddress(shopper: Session, recipient: string): Promise<string> {
  const body = {
    recipient,
    phone: "+31 20 5550123",
    country: "NL",
    region: "",
    city: "Amsterdam",
    street: "Oudezijds Voorburgwal 1",
    postal_code: "1012 EA",
  };
  return (await shopper.send<JsonOf<typeof AddressView>>("POST", "/addresses", body, randomUUID())).id;
}

/** Fills the cart and checks out. @returns one order per merchant, to be paid together */
export async function buy(shopper: Session, basket: Basket): Promise<Bought[]> {
  const { lines, channel, method, expressType, addressId, agent } = basket;
  await shopper.send(
    "POST",
    "/cart",
    lines.map(({ goodId, count }) => ({ good_id: goodId, count, channel })),
  );
  const referred = agent === undefined ? {} : { agent };
  const body = { address_id: addressId, express_type: expressType, payment_method: method, channel, ...referred };
  const placed = await shopper.send<JsonOf<typeof PlacedView>>("POST", "/orders", body, randomUUID());
  return placed.orders.map((order) => {
    const authorization = placed.authorizations.find(({ order_ids }) => order_ids.includes(order.order_id));
    if (!authorization) throw new Error(`the order ${order.order_id} says not how to pay it`);
    return {
      shopper,
      orderId: order.order_id,
      orderSn: order.order_sn,
      paymentId: placed.payment_id,
      merchantId: order.merchant_id,
      id: order.terms_hash as Hex,
      terms: termsFromJson(order.terms as TermsJson),
      token: { ...placed.token, address: placed.token.address as Address },
      authorization,
    };
  });
}

/** Signs what pays an order and those paid with it, and nothing else: the operator sends it and pays the gas. */
export async function signPayment({ shopper, authorization }: Bought): Promise<Hex> {
  const { typed_data: typedData } = authorization;
  if (!typedData) throw new Error("this order is not paid by a signature");
  return signTypedData(shopper, typedData);
}

/** Hands in the signature that pays an order. @param key the same one when it is handed in again */
export const submitPayment = ({ shopper, paymentId }: Bought, signature: Hex, key: string = randomUUID()) =>
  shopper.send<JsonOf<typeof PaymentView>>("POST", `/payments/${paymentId}/authorizations`, { signature }, key);

/** Pays by the shopper's own transactions: an allowance first where it is paid in a token. */
export async function payByTransactions(chain: ChainClient, { shopper, authorization }: Bought): Promise<void> {
  for (const call of authorization.calls) await doCall(chain, shopper.account, call);
}

/** What the API says of an order's payment now. */
export const paymentOf = ({ shopper, orderId }: Bought): Promise<OrderPayment> =>
  shopper.send<OrderPayment>("GET", `/orders/${orderId}/payment`);

/** Waits until the API says of an order's payment what it should. */
export async function awaitPayment(
  bought: Bought,
  what: string,
  isSo: (payment: OrderPayment) => boolean,
): Promise<OrderPayment> {
  let seen: OrderPayment | undefined;
  const ask = async () => {
    seen = await paymentOf(bought);
    return isSo(seen) ? seen : undefined;
  };
  try {
    return await until(`order ${bought.orderSn} to be ${what}`, ask);
  } catch (error) {
    const { terms, authorization, release, ...payment } = seen ?? {};
    throw new Error(`${String(error)}; its payment is ${JSON.stringify(payment)}`, { cause: error });
  }
}

/** The seller sends an order, or a part of it. @param amount base units to capture; all that is held unless said */
export const ship = (seller: Session, { orderId }: Bought, amount?: bigint): Promise<unknown> =>
  seller.send("POST", `/orders/${orderId}/ship`, amount === undefined ? {} : { amount: `${amount}` }, randomUUID());

/** The seller gives back a part of what is not released yet. @param amount base units */
export const refund = (seller: Session, { orderId }: Bought, amount: bigint): Promise<unknown> =>
  seller.send("POST", `/orders/${orderId}/refunds`, { amount: `${amount}` }, randomUUID());

export const cancel = ({ shopper, orderId }: Bought, reason: string): Promise<unknown> =>
  shopper.send("POST", `/orders/${orderId}/cancel`, { reason }, randomUUID());

/** The shopper signs that the goods are there, which releases what is captured; the operator relays it. */
export async function confirmReceipt(bought: Bought): Promise<void> {
  const { shopper, orderId } = bought;
  const { release } = await paymentOf(bought);
  if (!release) throw new Error(`nothing of order ${bought.orderSn} waits to be released`);
  const { captured, nonce, deadline } = release;
  const signature = await signTypedData(shopper, release.typed_data);
  const body = { captured, nonce, deadline, signature };
  await shopper.send("POST", `/orders/${orderId}/confirm_receipt`, body, randomUUID());
}
