import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { Page } from "../../core/http/schemas.ts";
import { channelProblems, createChannel, openChannels, setChannelOpen } from "../../modules/channels/index.ts";
import { merchantProblems } from "../../modules/merchants/index.ts";
import { presentChannel, presentStaffChannel } from "./present.ts";
import { ById, ChangeChannel, ChannelList, CreateChannel, StaffChannelView } from "./schema.ts";

export const channelRoutes = (house: House): Door =>
  door(house, "channels")
    .get(
      "/channels",
      {
        summary: "The channels that sell now, oldest first",
        auth: "none",
        limit: "reads",
        query: Page,
        answers: [200, ChannelList],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => openChannels(ctx, c.input.query));
        return presentList(slice, c.input.query, presentChannel);
      },
    )
    .postOnce(
      "/channels",
      {
        summary: "Open a channel",
        auth: ["staff"],
        limit: "writes",
        idempotent: true,
        body: CreateChannel,
        answers: [201, StaffChannelView],
        problems: [
          merchantProblems.payee_refused,
          channelProblems.channel_currency_not_payable,
          channelProblems.channel_commission_too_high,
          channelProblems.channel_code_taken,
        ],
        present: presentStaffChannel,
      },
      (c) => house.db.write(c.actor, (ctx) => createChannel(ctx, house.config, c.input.body)),
    )
    .patch(
      "/channels/:id",
      {
        summary: "Open a channel again, or close it",
        auth: ["staff"],
        limit: "writes",
        params: ById,
        body: ChangeChannel,
        answers: [200, StaffChannelView],
        problems: [channelProblems.channel_not_found],
      },
      async (c) => {
        const { params, body } = c.input;
        return presentStaffChannel(await house.db.write(c.actor, (ctx) => setChannelOpen(ctx, params.id, body.open)));
      },
    );
