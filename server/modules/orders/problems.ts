import { defineProblems } from "../../core/http/problems.ts";

export const orderProblems = defineProblems({
  cart_empty: { status: 409, title: "The cart has nothing of this channel" },
  order_not_found: { status: 404, title: "There is no such order for you" },
  order_not_cancellable: { status: 409, title: "This order cannot be cancelled any more" },
  order_not_shippable: { status: 409, title: "This order cannot be shipped now" },
  order_not_received: { status: 409, title: "Nothing of this order waits for its receipt to be confirmed" },
  order_not_refundable: { status: 409, title: "Nothing of this order can be refunded now" },
  pieces_exceeded: { status: 409, title: "That is more pieces than the order has left" },
  order_moved: { status: 409, title: "The order has changed meanwhile" },
});
