import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { stockOf } from "../../../server/modules/inventory/index.ts";
import type { TestDatabase } from "../../support/databases.ts";
import type { TestClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "./fakeChain.ts";
import {
  done,
  type Market,
  type OrderBody,
  openMarket,
  type PaymentBody,
  type PlacedBody,
  type Shopper,
} from "./market.ts";

/** What one mug and its freight cost, in base units of TestUSD. */
export const PRICE = 17_340_000n;

const TEST = system("test");

/** A payload of a task, as its handler gets it. */
export type TaskPayload = Record<string, string>;

/** A market with a chain, a shopper and one good that both sides know. */
export class Sale {
  readonly db: TestDatabase;
  readonly market: Market;
  readonly chain: FakeChain;
  readonly ada: Shopper;
  readonly mug: string;

  private constructor(db: TestDatabase, market: Market, chain: FakeChain, ada: Shopper, mug: string) {
    this.db = db;
    this.market = market;
    this.chain = chain;
    this.ada = ada;
    this.mug = mug;
  }

  /** Opens a sale; stop `market.server` in `after`. */
  static async open(db: TestDatabase): Promise<Sale> {
    const market = await openMarket(db);
    const chain = await FakeChain.start(market.house);
    return new Sale(db, market, chain, await market.shopper(wallet(5)), await market.good(0, "Mug", "1234", 1_000));
  }

  get seller(): TestClient {
    return this.market.sellers[0].client;
  }

  /** An order of one mug that waits for its payment. */
  async placed(): Promise<{ id: string; authorizeBy: number; body: PlacedBody }> {
    const body = await done(this.market.order(this.ada, { [this.mug]: 1 }));
    const [first] = body.orders;
    assert.ok(first);
    return { id: first.order_id, authorizeBy: first.terms.authorize_by, body };
  }

  /** An order whose payment is confirmed. */
  async paid(): Promise<string> {
    const { id } = await this.placed();
    await this.chain.tell(id, "authorized");
    return id;
  }

  /** An order that was sent, and so much of its money captured. */
  async shipped(captured = PRICE): Promise<string> {
    const id = await this.paid();
    await done(this.seller.post(`/api/v1/orders/${id}/ship`, { amount: captured.toString() }));
    await this.chain.tell(id, { captured });
    return id;
  }

  order = (id: string) => done(this.ada.client.get<OrderBody>(`/api/v1/orders/${id}`));

  payment = (id: string, client = this.ada.client) => done(client.get<PaymentBody>(`/api/v1/orders/${id}/payment`));

  /** Order, fulfilment, and what people read. */
  async states(id: string): Promise<[string, string, string]> {
    const { state, fulfilment, status } = await this.order(id);
    return [state, fulfilment, status];
  }

  stock = () => this.db.database().read(TEST, (ctx) => stockOf(ctx, this.mug));

  /** Payloads of an order's tasks of a kind, oldest first. */
  async tasks(kind: string, orderId: string): Promise<TaskPayload[]> {
    return (await this.#tasks<TaskPayload>(kind)).flatMap(({ payload }) =>
      payload.order_id === orderId ? [payload] : [],
    );
  }

  /** Payloads of all tasks of a kind, oldest first. */
  payloads = async (kind: string): Promise<TaskPayload[]> =>
    (await this.#tasks<TaskPayload>(kind)).map(({ payload }) => payload);

  /** The seconds at which an order's tasks of a kind are due, oldest first. */
  async dueS(kind: string, orderId: string): Promise<number[]> {
    const all = await this.#tasks<TaskPayload>(kind);
    return all.flatMap(({ payload, runAtS }) => (payload.order_id === orderId ? [runAtS] : []));
  }

  /** Ids of the baskets with these orders that the operator was asked to relay. */
  async baskets(orderIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.db.database().read(TEST, (ctx) =>
      sql<{ id: string }>(ctx.db, "SELECT id FROM payment_basket WHERE order_ids = :orderIds", {
        orderIds: JSON.stringify(orderIds),
      }),
    );
    const ids = rows.map(({ id }) => id);
    const asked = await this.#tasks<{ basket_id: string }>("operator.relay_basket");
    return asked.map(({ payload }) => payload.basket_id).filter((id) => ids.includes(id));
  }

  /** Who is told some news of an order. */
  async told(news: string, orderId: string): Promise<string[]> {
    const { rows } = await this.db
      .database()
      .read(TEST, (ctx) =>
        sql<{ user_id: string; payload: string }>(
          ctx.db,
          "SELECT user_id, payload FROM notification WHERE kind = :news ORDER BY id",
          { news },
        ),
      );
    return rows.filter(({ payload }) => JSON.parse(payload).order_id === orderId).map(({ user_id }) => user_id);
  }

  async #tasks<Payload>(kind: string): Promise<{ payload: Payload; runAtS: number }[]> {
    const { rows } = await this.db
      .database()
      .read(TEST, (ctx) =>
        sql<{ payload: string; run_at: number | string }>(
          ctx.db,
          "SELECT payload, run_at FROM task WHERE kind = :kind ORDER BY id",
          { kind },
        ),
      );
    return rows.map((row) => ({ payload: JSON.parse(row.payload), runAtS: Number(row.run_at) / 1_000 }));
  }
}
