import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { Nothing } from "../../core/http/schemas.ts";
import { cartOf, cartProblems, emptyCart, setLines } from "../../modules/carts/index.ts";
import { catalogProblems } from "../../modules/catalog/index.ts";
import { channelProblems } from "../../modules/channels/index.ts";
import { presentCart } from "./present.ts";
import { CartView, SetCartLines } from "./schema.ts";

export const cartRoutes = (house: House): Door =>
  door(house, "cart")
    .get(
      "/cart",
      {
        summary: "Your cart over all channels, at today's prices",
        auth: "user",
        limit: "reads",
        answers: [200, CartView],
      },
      async (c) => presentCart(await house.db.read(c.actor, (ctx) => cartOf(ctx, c.actor.id))),
    )
    .postOnce(
      "/cart",
      {
        summary: "Set how many of each good shall be in your cart",
        auth: "user",
        limit: "writes",
        idempotent: true,
        body: SetCartLines,
        answers: [200, CartView],
        problems: [
          cartProblems.cart_line_repeated,
          channelProblems.channel_not_found,
          catalogProblems.good_not_found,
          channelProblems.channel_closed,
          cartProblems.good_not_listed,
          cartProblems.cart_full,
        ],
        present: presentCart,
      },
      (c) => {
        const wishes = c.input.body.map(({ good_id: goodId, ...wish }) => ({ goodId, ...wish }));
        return house.db.write(c.actor, (ctx) => setLines(ctx, c.actor.id, wishes));
      },
    )
    .delete("/cart", { summary: "Empty your cart", auth: "user", limit: "writes", answers: [204, Nothing] }, (c) =>
      house.db.write(c.actor, (ctx) => emptyCart(ctx, c.actor.id)),
    );
