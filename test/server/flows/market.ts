import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Address, Hex, LocalAccount } from "viem";
import { addressRoutes } from "../../../server/api/addresses/routes.ts";
import { agreementRoutes } from "../../../server/api/agreements/routes.ts";
import { balanceRoutes } from "../../../server/api/balances/routes.ts";
import { cartRoutes } from "../../../server/api/cart/routes.ts";
import { channelRoutes } from "../../../server/api/channels/routes.ts";
import { goodsRoutes } from "../../../server/api/goods/routes.ts";
import { merchantRoutes } from "../../../server/api/merchants/routes.ts";
import { orderRoutes } from "../../../server/api/orders/routes.ts";
import { partnerRoutes } from "../../../server/api/partners/routes.ts";
import { paymentExceptionRoutes } from "../../../server/api/paymentExceptions/routes.ts";
import { paymentRoutes } from "../../../server/api/payments/routes.ts";
import { withdrawalRoutes } from "../../../server/api/withdrawals/routes.ts";
import type { House } from "../../../server/core/house.ts";
import type { TypedDataJson } from "../../../server/protocol/typedData.ts";
import type { TestDatabase } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import {
  type Answer,
  type SignedInClient,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";

export const USD: Address = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
export const ETHER: Address = "0x0000000000000000000000000000000000000000";
/** An id that nobody has. */
export const NOBODY = "0190a0a0-0000-7000-8000-000000000000";

export type AuthorizationBody = {
  order_ids: string[];
  kind: string;
  typed_data: TypedDataJson | null;
  submit_to: string | null;
  calls: { to: string; data: Hex; value: string; chain_id: number }[];
};
export type TermsBody = {
  payer: string;
  operator: string;
  token: string;
  amount: string;
  authorize_by: number;
  capture_by: number;
  flags: number;
  legs: { account: string; share: string; kind: number }[];
  salt: string;
};
export type OrderBody = {
  order_id: string;
  order_sn: string;
  payment_id: string;
  merchant_id: string;
  status: string;
  state: string;
  fulfilment: string;
  items: { good_id: string; name: string; count: number; price: string; total: string }[];
  freight: string;
  total_price: string;
  terms: TermsBody;
  terms_hash: Hex;
  history: { event: string; actor: string; note: string | null }[];
};
export type PlacedBody = {
  payment_id: string;
  currency: string;
  total_price: string;
  payable_amount: string;
  token: { address: string; symbol: string; decimals: number };
  amount: string;
  expires_at: string;
  orders: OrderBody[];
  authorizations: AuthorizationBody[];
};
export type ExitBody = { deadline: number; typed_data: TypedDataJson; submit_to: string };
export type PaymentBody = {
  state: string;
  confidence: string | null;
  held: string;
  captured: string;
  released: string;
  returned: string;
  requests: { request_id: string; kind: string; amount: string }[];
  transactions: unknown[];
  authorization: AuthorizationBody | null;
  cancel_terms: ExitBody | null;
  reclaim: ExitBody | null;
  release: { captured: string; nonce: string; deadline: number; typed_data: TypedDataJson; submit_to: string } | null;
};

/** Somebody who buys, with an address to have parcels sent to. */
export type Shopper = SignedInClient & { account: LocalAccount; addressId: string };

/** A server with every door of a sale, staff, two merchants and a web channel. */
export type Market = {
  house: House;
  server: TestServer;
  staff: SignedInClient;
  sellers: readonly [SignedInClient, SignedInClient];
  merchantIds: readonly [string, string];
  channelId: string;
  shopper(account: LocalAccount): Promise<Shopper>;
  /** A good that is for sale on the channel. */
  good(seller: 0 | 1, name: string, price: string, onHand: number): Promise<string>;
  /** Puts goods into the cart and orders them. */
  order(shopper: Shopper, goods: Record<string, number>, more?: Record<string, unknown>): Promise<Answer<PlacedBody>>;
};

/** The Idempotency-Key header with a fresh key. */
export const once = (key: string = randomUUID()): Record<string, string> => ({ "idempotency-key": key });

/** The answer's body, once it is known to be a success. */
export async function done<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  const { status, body } = await answer;
  assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
  return body;
}

/** The status and problem code of an answer. */
export async function told(answer: Promise<Answer<unknown>>): Promise<[number, unknown]> {
  const { status, body } = await answer;
  return [status, (body as { code?: unknown }).code];
}

/** Opens a market; stop its `server` in `after`. @param house on a real chain; one on none unless said */
export async function openMarket(db: TestDatabase, house: House = marketHouse(db)): Promise<Market> {
  const server = await startTestServer(house, (at) => [
    ...[addressRoutes(at), balanceRoutes(at), cartRoutes(at), channelRoutes(at), goodsRoutes(at)],
    ...[
      agreementRoutes(at),
      partnerRoutes(at),
      merchantRoutes(at),
      orderRoutes(at),
      paymentExceptionRoutes(at),
      paymentRoutes(at),
      withdrawalRoutes(at),
    ],
  ]);
  const staff = await server.signIn(wallet(18));
  const sellers = [await server.signIn(wallet(1)), await server.signIn(wallet(2))] as const;
  const merchant = async ({ client }: SignedInClient, name: string, payee: Address) =>
    (await done(client.post<{ id: string }>("/api/v1/merchants", { name, payee }))).id;
  const merchantIds = [
    await merchant(sellers[0], "Blue Mugs", wallet(1).address),
    await merchant(sellers[1], "Red Hats", wallet(12).address),
  ] as const;
  const channel = { code: "web", name: "Web", type: "web", currency: "USD" };
  const { id: channelId } = await done(
    staff.client.post<{ id: string }>("/api/v1/channels", {
      ...channel,
      payee: wallet(16).address,
      commission_ppm: 50_000,
    }),
  );
  return {
    ...{ house, server, staff, sellers, merchantIds, channelId },
    shopper: (account) => shopper(server, account),
    good: (seller, name, price, onHand) =>
      addGood(sellers[seller].client, { merchantId: merchantIds[seller], channelId, name, price, onHand }),
    order: placeOrder,
  };
}

/** A house whose chain has TestUSD, which takes signed payments, beside ETH. */
export function marketHouse(db: TestDatabase): House {
  const usual = testHouse(db.database());
  const usd = { address: USD, symbol: "TUSD", decimals: 6, name: "Test USD", version: "1", currency: "USD" };
  const tokens = [{ ...usd, rateNum: 10_000n, rateDen: 1n }, ...usual.config.chain.tokens];
  return testHouse(db.database(), { config: { chain: { ...usual.config.chain, tokens } } });
}

async function shopper(server: TestServer, account: LocalAccount): Promise<Shopper> {
  const signedIn = await server.signIn(account);
  const address = { recipient: "Ada", phone: "+44 20 7946 0000", country: "GB", region: "", city: "London" };
  const { id: addressId } = await done(
    signedIn.client.post<{ id: string }>("/api/v1/addresses", {
      ...address,
      street: "1 Mill Lane",
      postal_code: "N1",
    }),
  );
  return { ...signedIn, account, addressId };
}

async function addGood(
  client: TestClient,
  good: { merchantId: string; channelId: string; name: string; price: string; onHand: number },
): Promise<string> {
  const { merchantId, channelId, name, price, onHand } = good;
  const { id } = await done(
    client.post<{ id: string }>("/api/v1/goods", { merchant_id: merchantId, name, description: "" }),
  );
  await done(client.put(`/api/v1/goods/${id}/stock`, { on_hand: onHand }));
  await done(client.put(`/api/v1/goods/${id}/listings/${channelId}`, { price, open: true }));
  return id;
}

/** Puts goods into a shopper's cart. */
export const fill = ({ client }: Shopper, goods: Record<string, number>) =>
  done(
    client.post(
      "/api/v1/cart",
      Object.entries(goods).map(([good_id, count]) => ({ good_id, count })),
    ),
  );

/** What the shopper sends to order a cart. */
export const orderBody = ({ addressId }: Shopper, more: Record<string, unknown> = {}) => ({
  ...{ address_id: addressId, express_type: "standard", payment_method: "escrow_erc3009", channel: "web" },
  ...more,
});

async function placeOrder(
  shopper: Shopper,
  goods: Record<string, number>,
  more: Record<string, unknown> = {},
): Promise<Answer<PlacedBody>> {
  await fill(shopper, goods);
  return shopper.client.post<PlacedBody>("/api/v1/orders", orderBody(shopper, more), once());
}
