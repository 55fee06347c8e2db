import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { Page } from "../../core/http/schemas.ts";
import { notificationsOf } from "../../modules/notifications/index.ts";
import { presentNotification } from "./present.ts";
import { NotificationList } from "./schema.ts";

export const notificationRoutes = (house: House): Door =>
  door(house, "notifications").get(
    "/notifications",
    {
      summary: "What you were told, newest first",
      auth: "user",
      limit: "reads",
      query: Page,
      answers: [200, NotificationList],
    },
    async (c) => {
      const slice = await house.db.read(c.actor, (ctx) => notificationsOf(ctx, c.actor.id, c.input.query));
      return presentList(slice, c.input.query, presentNotification);
    },
  );
