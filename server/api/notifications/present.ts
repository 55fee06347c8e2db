import { presentMoment } from "../../core/http/schemas.ts";
import type { Notification } from "../../modules/notifications/index.ts";

export const presentNotification = ({ id, kind, payload, createdAt }: Notification) => ({
  id,
  kind,
  payload,
  created_at: presentMoment(createdAt),
});
