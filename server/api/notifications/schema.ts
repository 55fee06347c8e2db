import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Moment, Uuid } from "../../core/http/schemas.ts";

const NotificationView = z
  .strictObject({ id: Uuid, kind: z.string(), payload: z.unknown(), created_at: Moment })
  .meta({ id: "Notification" });
export const NotificationList = listOf(NotificationView);
