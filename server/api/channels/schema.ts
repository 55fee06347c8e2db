import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, count, Moment, text, Uuid } from "../../core/http/schemas.ts";
import { CHANNEL_TYPES, MOST_COMMISSION_PPM } from "../../modules/channels/index.ts";

/** What people write in an address to name a channel. */
export const ChannelCode = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{1,31}$/, "must have 2 to 32 of a-z, 0-9, _ and -")
  .meta({ id: "ChannelCode" });

const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, "must be a code of ISO 4217")
  .meta({ id: "Currency" });

const details = {
  code: ChannelCode,
  name: text({ max: 100 }),
  type: z.enum(CHANNEL_TYPES),
  currency: Currency,
};

export const CreateChannel = z
  .strictObject({
    ...details,
    payee: Address,
    commission_ppm: count(0, MOST_COMMISSION_PPM).meta({ description: "Of each sale, in parts per million" }),
  })
  .meta({ id: "CreateChannel" });
export const ChangeChannel = z.strictObject({ open: z.boolean() }).meta({ id: "ChangeChannel" });
const ChannelView = z.strictObject({ id: Uuid, ...details }).meta({ id: "Channel" });
export const StaffChannelView = ChannelView.extend({
  payee: Address,
  commission_ppm: z.int(),
  open: z.boolean(),
  created_at: Moment,
}).meta({ id: "StaffChannel" });
export const ChannelList = listOf(ChannelView);
export const ById = z.strictObject({ id: Uuid });
