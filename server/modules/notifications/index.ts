import { Notification } from "./entities.ts";

export type { Notification } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { NOTIFY, notificationsOf, notify, notifyHandler, type Told } from "./service.ts";

export const entities = [Notification];
