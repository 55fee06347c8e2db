import {
  type Bought,
  buy,
  cancel,
  confirmReceipt,
  payByTransactions,
  refund,
  ship,
  signPayment,
  submitPayment,
} from "../client/orders.ts";
import type { Session } from "../client/session.ts";
import { inParallel } from "../support/parallel.ts";
import type { End, PlannedOrder, PlannedPart } from "./plan.ts";
import { progressOf } from "./progress.ts";
import { AGENT_PLANS, CHANNEL_PLANS, EXPRESS_TYPE, type Shop, type Shopper, type World } from "./world.ts";

/** A part of an order that the server answered 201 to, and what its money shall come to. */
export interface PlacedPart {
  readonly order: PlannedOrder;
  readonly part: PlannedPart;
  readonly bought: Bought;
}

/** What came of playing. */
export interface Played {
  readonly placed: readonly PlacedPart[];
  /** `POST /orders` that were answered 201. */
  readonly checkouts: number;
  /** Orders that came to no end, with what was in the way. */
  readonly failures: readonly { readonly order: PlannedOrder; readonly error: unknown }[];
  /** By `performance.now()`. */
  readonly startedAt: number;
}

export interface PlayOptions {
  /** Orders on their way at the same time. */
  readonly concurrency: number;
  /** Told of every checkout. */
  readonly onPlaced?: (checkouts: number) => void;
}

/** Plays every order from the cart to its end, in the order of the file as far as they begin. */
export async function play(world: World, shop: Shop, { concurrency, onPlaced }: PlayOptions): Promise<Played> {
  const { played } = world.plan;
  const progress = progressOf(world.say, "orders", played.length);
  const placed: PlacedPart[] = [];
  const failures: { order: PlannedOrder; error: unknown }[] = [];
  const inTurn = turns();
  let checkouts = 0;
  const startedAt = performance.now();
  await inParallel(played, concurrency, async (order) => {
    try {
      const parts = await inTurn(order.row.customerId, () => checkOut(world, shop, order));
      placed.push(...parts);
      checkouts += 1;
      onPlaced?.(checkouts);
      await pay(world, parts);
      await Promise.all(parts.map((part) => finish(world, shop, part)));
    } catch (error) {
      failures.push({ order, error });
    }
    progress.step();
  });
  progress.end();
  return { placed, checkouts, failures, startedAt };
}

/** A shopper has one cart, so who buys several times does it one after the other. */
function turns() {
  const last = new Map<string, Promise<unknown>>();
  return <Result>(who: string, act: () => Promise<Result>): Promise<Result> => {
    const turn = (last.get(who) ?? Promise.resolve()).then(act, act);
    last.set(who, turn);
    return turn;
  };
}

async function checkOut({ books }: World, shop: Shop, order: PlannedOrder): Promise<PlacedPart[]> {
  const { session, addressId } = shopperOf(shop, order);
  const lines = order.parts.flatMap(({ lines: own }) =>
    own.map(({ good, count }) => ({ goodId: shop.goods.get(good.key) ?? "", count })),
  );
  const channel = CHANNEL_PLANS[order.channel]?.code ?? "";
  const agent = order.agent ? AGENT_PLANS[order.channel]?.code : undefined;
  const orders = await buy(session, {
    ...{ lines, channel, method: order.method, expressType: EXPRESS_TYPE, addressId },
    ...(agent === undefined ? {} : { agent }),
  });
  return orders.map((bought) => {
    books.placed(bought.orderId, bought.id, bought.terms);
    const part = order.parts.find(({ sellerId }) => shop.sellers.get(sellerId)?.merchantId === bought.merchantId);
    if (!part) throw new Error(`order ${bought.orderSn} is of a merchant who sold nothing`);
    return { order, part, bought };
  });
}

/** Pays all parts: each way of paying that was handed out serves one or several of them. */
async function pay({ chain, horizon, books }: World, parts: readonly PlacedPart[]): Promise<void> {
  const ways = new Map(parts.map(({ bought }) => [bought.authorization, bought]));
  for (const bought of ways.values()) {
    if (bought.authorization.kind === "signature") await submitPayment(bought, await signPayment(bought));
    else await payByTransactions(chain, bought);
  }
  await Promise.all(parts.map(({ bought }) => horizon.booked(bought.id, "Authorized")));
  for (const { bought } of parts) books.paid(bought.orderId);
}

/** Brings a paid part of an order to its end. */
async function finish(world: World, shop: Shop, { order, part, bought }: PlacedPart): Promise<void> {
  const seller = shop.sellers.get(part.sellerId)?.session;
  if (!seller) throw new Error(`nobody here is seller ${part.sellerId}`);
  await WAYS[order.end](world, bought, seller);
}

type Way = (world: World, bought: Bought, seller: Session) => Promise<void>;

const capture: Way = async ({ books, horizon }, bought, seller) => {
  await ship(seller, bought);
  await horizon.booked(bought.id, "Captured");
  books.captured(bought.orderId);
};

const WAYS: Readonly<Record<End, Way>> = {
  authorized: async () => undefined,
  captured: capture,
  released: async (world, bought, seller) => {
    await capture(world, bought, seller);
    await confirmReceipt(bought);
    await world.horizon.booked(bought.id, "Released");
    world.books.released(bought.orderId);
  },
  voided: async ({ books, horizon }, bought) => {
    await cancel(bought, "The customer cancelled.");
    await horizon.booked(bought.id, "Voided");
    books.voided(bought.orderId);
  },
  refunded: async (world, bought, seller) => {
    await capture(world, bought, seller);
    await refund(seller, bought, bought.terms.amount);
    await world.horizon.booked(bought.id, "Refunded");
    world.books.refunded(bought.orderId, bought.terms.amount);
  },
};

function shopperOf({ shoppers }: Shop, { row }: PlannedOrder): Shopper {
  const shopper = shoppers.get(row.customerId);
  if (!shopper) throw new Error(`nobody here is customer ${row.customerId}`);
  return shopper;
}
