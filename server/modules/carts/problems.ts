import { defineProblems } from "../../core/http/problems.ts";

export const cartProblems = defineProblems({
  good_not_listed: { status: 409, title: "This good is not for sale on this channel now" },
  cart_full: { status: 409, title: "The cart is full" },
  cart_line_repeated: { status: 400, title: "The request names one line of the cart twice" },
});
