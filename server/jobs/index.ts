import { z } from "zod";
import type { House } from "../core/house.ts";
import { Uuid } from "../core/http/schemas.ts";
import { NotYet, purgeDoneTasks, type TaskHandler } from "../core/tasks.ts";
import { expireOrder } from "../flows/expireOrder.ts";
import { releaseMatured } from "../flows/releaseMatured.ts";

/** How long to wait for the chain before looking again, in milliseconds. */
const AGAIN_MS = 5_000;
const PURGE_EVERY_MS = 3_600_000;

/** What time starts: the handlers of tasks that were emitted for later, and what is done every hour. */
export interface Jobs {
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  stop(): Promise<void>;
}

export function startJobs(house: House): Jobs {
  const purge = () =>
    purgeDoneTasks(house.db, house.clock.now()).catch((error: unknown) =>
      house.log.error({ err: error }, "old tasks could not be forgotten"),
    );
  let purging: Promise<unknown> = purge();
  const timer = setInterval(() => {
    purging = purge();
  }, PURGE_EVERY_MS);
  return {
    handlers: {
      "order.expire": forOrder((id) => expireOrder(house, id)),
      "order.release": forOrder((id) => releaseMatured(house, id)),
    },
    stop: async () => {
      clearInterval(timer);
      await purging;
    },
  };
}

const OrderTask = z.strictObject({ order_id: Uuid });

/** A handler of a task `{order_id}` that comes back while its verb is `waiting` for the chain. */
const forOrder =
  (verb: (orderId: string) => Promise<string>): TaskHandler =>
  async ({ payload }) => {
    const { order_id } = OrderTask.parse(payload);
    if ((await verb(order_id)) === "waiting") throw new NotYet(AGAIN_MS, "the chain has not come that far");
  };
