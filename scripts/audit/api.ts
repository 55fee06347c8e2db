import { type Bought, paymentOf } from "../client/orders.ts";
import { inParallel } from "../support/parallel.ts";
import { type Books, returnedOf } from "./books.ts";
import { compare, type Difference } from "./difference.ts";

/** Requests at the same time. */
const WIDTH = 8;

/** Holds what the API says of every order against the books. */
export const againstApi = async (books: Books, orders: readonly Bought[]): Promise<Difference[]> =>
  (await inParallel(orders, WIDTH, (order) => orderAgainstApi(books, order))).flat();

/** Holds what the API says of one order against the books. */
export async function orderAgainstApi(books: Books, order: Bought): Promise<Difference[]> {
  const page = books.of(order.orderId);
  const seen = await paymentOf(order);
  const { held, captured, released } = page;
  return compare(
    "api",
    `order ${order.orderSn}`,
    { held, captured, released, returned: returnedOf(page) },
    {
      held: BigInt(seen.held),
      captured: BigInt(seen.captured),
      released: BigInt(seen.released),
      returned: BigInt(seen.returned),
    },
  );
}
