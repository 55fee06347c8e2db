import assert from "node:assert/strict";
import { cartRoutes } from "../../../server/api/cart/routes.ts";
import { categoryRoutes } from "../../../server/api/categories/routes.ts";
import { channelRoutes } from "../../../server/api/channels/routes.ts";
import { expressTypeRoutes } from "../../../server/api/expressTypes/routes.ts";
import { goodsRoutes } from "../../../server/api/goods/routes.ts";
import { mediaRoutes } from "../../../server/api/media/routes.ts";
import { merchantRoutes } from "../../../server/api/merchants/routes.ts";
import type { House } from "../../../server/core/house.ts";
import type { TestDatabase } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import { type Answer, type SignedInClient, startTestServer, type TestServer } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";

export type ChannelBody = { id: string; code: string };

/** A server with the doors of the shop, its staff, and one merchant. */
export type Shop = {
  house: House;
  server: TestServer;
  staff: SignedInClient;
  seller: SignedInClient;
  merchantId: string;
  openChannel(code: string, more?: Record<string, unknown>): Promise<ChannelBody>;
  /** A good of the merchant, not yet listed. */
  addGood(name: string, onHand?: number): Promise<string>;
  list(goodId: string, channel: ChannelBody, price: string, open?: boolean): Promise<void>;
};

/** An id that nobody has. */
export const NOBODY = "0190a0a0-0000-7000-8000-000000000000";

/** An answer without what differs from request to request. */
export function told({ status, body }: Answer<unknown>): { status: number; body: Record<string, unknown> } {
  return { status, body: { ...(body as Record<string, unknown>), request_id: "" } };
}

/** Opens a shop; stop its `server` in `after`. */
export async function openShop(db: TestDatabase): Promise<Shop> {
  const house = testHouse(db.database());
  const server = await startTestServer(house, (at) => [
    merchantRoutes(at),
    channelRoutes(at),
    categoryRoutes(at),
    goodsRoutes(at),
    mediaRoutes(at),
    cartRoutes(at),
    expressTypeRoutes(at),
  ]);
  const [staff, seller] = [await server.signIn(wallet(18)), await server.signIn(wallet(1))];
  const merchant = await done<{ id: string }>(
    seller.client.post("/api/v1/merchants", { name: "Blue Mugs", payee: wallet(1).address }),
  );
  return {
    house,
    server,
    staff,
    seller,
    merchantId: merchant.id,
    openChannel: (code, more = {}) => {
      const usual = {
        code,
        name: code,
        type: "web",
        currency: "USD",
        payee: wallet(16).address,
        commission_ppm: 50_000,
      };
      return done(staff.client.post("/api/v1/channels", { ...usual, ...more }));
    },
    addGood: async (name, onHand) => {
      const { id } = await done<{ id: string }>(
        seller.client.post("/api/v1/goods", { merchant_id: merchant.id, name, description: "" }),
      );
      if (onHand !== undefined) await done(seller.client.put(`/api/v1/goods/${id}/stock`, { on_hand: onHand }));
      return id;
    },
    list: async (goodId, channel, price, open = true) => {
      await done(seller.client.put(`/api/v1/goods/${goodId}/listings/${channel.id}`, { price, open }));
    },
  };
}

async function done<Body>(answer: Promise<Answer<unknown>>): Promise<Body> {
  const { status, body } = await answer;
  assert.ok(status < 300, JSON.stringify(body));
  return body as Body;
}
