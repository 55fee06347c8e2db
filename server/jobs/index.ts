import { z } from "zod";
import type { House } from "../core/house.ts";
import { Uuid } from "../core/http/schemas.ts";
import { NotYet, purgeDoneTasks, type TaskHandler } from "../core/tasks.ts";
import { expireOrder } from "../flows/expireOrder.ts";
import { redoUndone } from "../flows/redoUndone.ts";
import { releaseMatured } from "../flows/releaseMatured.ts";
import { returnException } from "../flows/returnException.ts";

/** How long to wait for the chain before looking again, in milliseconds. */
const AGAIN_MS = 5_000;
/** How long the operator is given before somebody looks whether it was done, in milliseconds. */
const AFTER_ASKING_MS = 60_000;
/** The longest such wait where it grows, in milliseconds. */
const LONGEST_AFTER_ASKING_MS = 6 * 3_600_000;
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
      "order.redo": lessOften(OrderTask, ({ order_id }) => redoUndone(house, order_id)),
      "payment.return": lessOften(ExceptionTask, ({ exception_id }, tries) =>
        returnException(house, exception_id, tries),
      ),
    },
    stop: async () => {
      clearInterval(timer);
      await purging;
    },
  };
}

const OrderTask = z.strictObject({ order_id: Uuid });

type Outcome = "ended" | "not_needed" | "waiting" | "asked";

/**
 * A handler of a task `{order_id}` that comes back while its verb is `waiting` for the chain, and after it `asked` the
 * operator for something: the chain may refuse it, or take it back.
 */
const forOrder =
  (verb: (orderId: string) => Promise<Outcome>): TaskHandler =>
  async ({ payload }) => {
    const { order_id } = OrderTask.parse(payload);
    const outcome = await verb(order_id);
    if (outcome === "waiting") throw new NotYet(AGAIN_MS, "the chain has not come that far");
    if (outcome === "asked") throw new NotYet(AFTER_ASKING_MS, "the operator was asked");
  };

const ExceptionTask = z.strictObject({ exception_id: Uuid });

/** Handles what is looked at until nothing is left to be done: each time later, for whoever looks may have asked already. */
const lessOften =
  <Payload>(
    shape: z.ZodType<Payload>,
    verb: (payload: Payload, tries: number) => Promise<Outcome | "left">,
  ): TaskHandler =>
  async ({ payload, attempts }) => {
    const outcome = await verb(shape.parse(payload), attempts);
    if (outcome !== "asked" && outcome !== "waiting") return;
    const wait = Math.min(AFTER_ASKING_MS * 2 ** Math.min(attempts, 20), LONGEST_AFTER_ASKING_MS);
    throw new NotYet(wait, "the chain has yet to do what was asked");
  };
