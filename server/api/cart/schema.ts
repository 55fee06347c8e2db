import { z } from "zod";
import { count, MinorAmount, Uuid } from "../../core/http/schemas.ts";
import { MOST_COUNT, MOST_LINES } from "../../modules/carts/index.ts";
import { ChannelCode } from "../channels/schema.ts";

export const SetCartLines = z
  .array(
    z.strictObject({
      good_id: Uuid,
      count: count(0, MOST_COUNT).meta({ description: "What shall be in the cart; 0 removes the line" }),
      channel: ChannelCode.optional().meta({ description: "The oldest open channel unless said" }),
    }),
  )
  .min(1)
  .max(MOST_LINES)
  .meta({ id: "SetCartLines" });

const CartLine = z
  .strictObject({
    good_id: Uuid,
    merchant_id: Uuid,
    name: z.string(),
    channel_id: Uuid,
    channel: ChannelCode,
    currency: z.string(),
    count: z.int(),
    price: MinorAmount,
    seen_price: MinorAmount.meta({ description: "Of one piece, when the line was last set" }),
    price_changed: z.boolean(),
    available: z.int().meta({ description: "Pieces that can be ordered now" }),
    status: z
      .enum(["available", "short", "closed"])
      .meta({ description: "short: there are fewer; closed: not for sale now, and in no total" }),
    total: MinorAmount,
  })
  .meta({ id: "CartLine" });

export const CartView = z
  .strictObject({
    lines: z.array(CartLine),
    channels: z.array(
      z.strictObject({ channel_id: Uuid, channel: ChannelCode, currency: z.string(), total: MinorAmount }),
    ),
    total: z
      .array(z.strictObject({ currency: z.string(), amount: MinorAmount }))
      .meta({ description: "Of all channels, for each currency" }),
  })
  .meta({ id: "Cart" });
