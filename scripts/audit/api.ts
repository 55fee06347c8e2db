import { type Bought, paymentOf } from "../client/orders.ts";
import { type Books, returnedOf } from "./books.ts";
import { compare, type Difference } from "./difference.ts";

/** Holds what the API says of every order against the books. */
export async function againstApi(books: Books, orders: readonly Bought[]): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const order of orders) {
    const page = books.of(order.orderId);
    const seen = await paymentOf(order);
    const { held, captured, released } = page;
    differences.push(
      ...compare(
        "api",
        `order ${order.orderSn}`,
        { held, captured, released, returned: returnedOf(page) },
        {
          held: BigInt(seen.held),
          captured: BigInt(seen.captured),
          released: BigInt(seen.released),
          returned: BigInt(seen.returned),
        },
      ),
    );
  }
  return differences;
}
