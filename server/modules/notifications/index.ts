import { Notification } from "./entities.ts";

export type { Notification } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { notificationsOf, notify } from "./service.ts";

export const entities = [Notification];
